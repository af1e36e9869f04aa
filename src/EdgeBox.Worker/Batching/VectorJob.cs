using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>One text of a request.</summary>
/// <param name="Job">The request.</param>
/// <param name="Index">Its place among the texts of the request.</param>
/// <param name="Tokens">What the engine reads.</param>
internal sealed record VectorInput(VectorJob Job, int Index, int[] Tokens);

/// <summary>A request for vectors or scores at work: which texts were taken, and what was made of them.</summary>
internal sealed class VectorJob(EmbeddingRequest request)
{
    private readonly float[]?[] _results = new float[request.Inputs.Count][];
    private int _taken;
    private int _made;

    public EmbeddingRequest Request { get; } = request;

    /// <summary>Whether it was answered, refused or cancelled.</summary>
    public bool IsOver { get; set; }

    public bool IsComplete => _made == _results.Length;

    /// <summary>Whether texts wait to be taken.</summary>
    public bool HasNext => !IsOver && _taken < _results.Length;

    /// <summary>Tokens of the next text.</summary>
    public int NextLength => Request.Inputs[_taken].Length;

    public VectorInput Take() => new(this, _taken, Request.Inputs[_taken++]);

    /// <summary>Keeps what was made of a text.</summary>
    public void Keep(int index, float[] result)
    {
        _results[index] = result;
        _made++;
    }

    /// <summary>The answer to a complete request.</summary>
    /// <param name="ranks">Whether the results are scores, of which the first is told, and not vectors.</param>
    public Event Reply(bool ranks)
    {
        var tokens = (uint)Request.Inputs.Sum(i => (long)i.Length);
        if (ranks)
        {
            return new Event { Reranked = new Reranked { Request = Request.Id, PromptTokens = tokens, Scores = { _results.Select(r => r![0]) } } };
        }

        var reply = new Embedded { Request = Request.Id, PromptTokens = tokens };
        foreach (var result in _results)
        {
            reply.Vectors.Add(new Vector { Values = { result } });
        }

        return new Event { Embedded = reply };
    }
}
