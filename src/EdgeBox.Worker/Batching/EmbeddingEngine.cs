using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>Makes vectors of texts, a piece of work at a time. It belongs to the decode thread.</summary>
internal sealed class EmbeddingEngine(LlamaModel model, int contextTokens, int threads, EngineLog log, Action<Event> send) : IDisposable
{
    // Every token of a step is an output here, and its logits are reserved with its vector: a small step keeps that small.
    private const int CausalChunk = 64;
    private const int MostSequences = 16;

    private readonly Queue<EmbeddingRequest> _waiting = [];
    private LlamaContext? _context;
    private TokenBatch? _batch;
    private EmbeddingRequest? _current;
    private Embedded _reply = new();
    private Pooler? _pooler;
    private int _input;
    private int _position;

    public bool HasWork => _current is not null || _waiting.Count > 0;

    public void Add(EmbeddingRequest request) => _waiting.Enqueue(request);

    public void Dispose() => _context?.Dispose();

    /// <summary>Does one piece of work: one pass over the weights.</summary>
    public void Step()
    {
        if (_current is null)
        {
            if (!_waiting.TryDequeue(out _current))
            {
                return;
            }

            (_reply, _input, _position) = (new Embedded { Request = _current.Id }, 0, 0);
        }

        try
        {
            if (_current.IsCancelled)
            {
                send(Replies.Cancelled(_current.Id, 0));
                _current = null;
                return;
            }

            Run(_current);
            if (_input == _current.Inputs.Count)
            {
                send(new Event { Embedded = _reply });
                _current = null;
            }
        }
        catch (EngineException e)
        {
            send(Replies.Refused(_current!.Id, new RefusedException(RefusalKind.EngineError, e.Message)));
            _current = null;
        }
    }

    private void Run(EmbeddingRequest request)
    {
        _context ??= MakeContext();
        if (_input == request.Inputs.Count)
        {
            return;
        }

        if (_context.HasMemory)
        {
            RunChunk(_context, _batch!, request.Inputs[_input]);
        }
        else
        {
            RunTogether(_context, _batch!, request.Inputs);
        }
    }

    private LlamaContext MakeContext()
    {
        var pooling = model.Pooling is Pooling.Unspecified or Pooling.None ? Pooling.Mean : model.Pooling;
        var context = new LlamaContext(model, Shape(CausalChunk, 1, Pooling.None), log);
        if (context.HasMemory)
        {
            _pooler = new Pooler(pooling, model.EmbeddingLength);
            _batch = new TokenBatch(CausalChunk);
            return context;
        }

        // An encoder reads a text in one step, and an input longer than the step aborts the process.
        context.Dispose();
        _batch = new TokenBatch(contextTokens);
        return new LlamaContext(model, Shape(contextTokens, MostSequences, pooling), log);
    }

    private ContextShape Shape(int batch, int sequences, Pooling pooling) => new()
    {
        Cells = contextTokens,
        Sequences = sequences,
        BatchTokens = batch,
        Outputs = batch,
        Threads = threads,
        Embeddings = true,
        Pooling = pooling,
    };

    /// <summary>Reads the next tokens of one text; the vectors of its tokens are pooled here, over as many steps as it takes.</summary>
    private void RunChunk(LlamaContext context, TokenBatch batch, int[] tokens)
    {
        batch.Clear();
        var count = Math.Min(CausalChunk, tokens.Length - _position);
        for (var i = 0; i < count; i++)
        {
            batch.Add(tokens[_position + i], _position + i, 0, output: true);
        }

        var result = context.Decode(batch);
        if (result != 0)
        {
            context.Remove(0, 0);
            throw Failed("llama_decode", result);
        }

        for (var i = 0; i < count; i++)
        {
            _pooler!.Add(context.TokenEmbedding(i), _position + i, isLast: _position + i == tokens.Length - 1);
        }

        _position += count;
        if (_position == tokens.Length)
        {
            context.Remove(0, 0);
            Complete(_pooler!.Take(), tokens.Length);
            _position = 0;
        }
    }

    /// <summary>Reads as many whole texts as fit in one step; the engine pools them.</summary>
    private void RunTogether(LlamaContext context, TokenBatch batch, IReadOnlyList<int[]> inputs)
    {
        batch.Clear();
        var count = 0;
        while (_input + count < inputs.Count && count < MostSequences && batch.Count + inputs[_input + count].Length <= batch.Capacity)
        {
            var tokens = inputs[_input + count];
            for (var i = 0; i < tokens.Length; i++)
            {
                batch.Add(tokens[i], i, count, output: true);
            }

            count++;
        }

        var result = context.Encode(batch);
        if (result != 0)
        {
            throw Failed("llama_encode", result);
        }

        for (var i = 0; i < count; i++)
        {
            Complete(context.SequenceEmbedding(i).ToArray(), inputs[_input].Length);
        }
    }

    private void Complete(float[] vector, int tokens)
    {
        if (vector.Length == 0 || !Pooler.Normalise(vector))
        {
            throw new EngineException("the engine's vector is not made of numbers: the model's weights are damaged or overflow");
        }

        var reply = new Vector();
        reply.Values.AddRange(vector);
        _reply.Vectors.Add(reply);
        _reply.PromptTokens += (uint)tokens;
        _input++;
    }

    private EngineException Failed(string function, int result)
    {
        var words = log.TakeComplaints();
        return new EngineException($"{function} returned {result}{(words.Length > 0 ? ": " + words : "")}");
    }
}
