using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>Makes vectors of texts, or scores of pairs with a model that ranks, a step at a time. It belongs to the decode thread.</summary>
internal sealed class EmbeddingEngine(LlamaModel model, int contextTokens, int threads, EngineLog log, Action<Event> send) : IDisposable
{
    private readonly InputTurns _turns = new();
    private readonly List<VectorJob> _open = [];
    private readonly bool _ranks = model.Pooling == Pooling.Rank;
    private VectorPass? _pass;

    public bool HasWork => _open.Count > 0;

    public void Add(EmbeddingRequest request)
    {
        var job = new VectorJob(request);
        _open.Add(job);
        _turns.Add(job);
    }

    public void Dispose() => _pass?.Dispose();

    /// <summary>Does one piece of work: one pass over the weights with texts of as many requests as fit.</summary>
    public void Step()
    {
        foreach (var job in _open)
        {
            if (job.Request.IsCancelled)
            {
                End(job, Replies.Cancelled(job.Request.Id, 0));
            }
            else if (job.IsComplete)
            {
                End(job, job.Reply(_ranks));
            }
        }

        if (_open.Exists(j => !j.IsOver))
        {
            Work();
        }

        _open.RemoveAll(j => j.IsOver);
    }

    private void Work()
    {
        try
        {
            _pass ??= MakePass();
            _pass.Step(_turns, Give);
        }
        catch (EngineException e)
        {
            // Without a pass nobody can be served; in a step that failed those lose their texts who had some in it.
            var lost = _pass is null ? [.. _open] : _pass.AtWork.Distinct().ToList();
            _pass?.Clear();
            lost.ForEach(job => Refuse(job, e.Message));
        }
    }

    private VectorPass MakePass()
    {
        var causal = new CausalPass(model, contextTokens, threads, log);
        if (causal.HasMemory)
        {
            return causal;
        }

        causal.Dispose();
        return new EncoderPass(model, contextTokens, threads, log);
    }

    private void Give(VectorInput input, float[] vector)
    {
        var job = input.Job;
        if (job.IsOver)
        {
            return;
        }

        if (vector.Length == 0 || !(_ranks ? float.IsFinite(vector[0]) : Pooler.Normalise(vector)))
        {
            Refuse(job, $"the engine's {(_ranks ? "score" : "vector")} is not made of numbers: the model's weights are damaged or overflow");
            return;
        }

        job.Keep(input.Index, vector);
        if (job.IsComplete)
        {
            End(job, job.Reply(_ranks));
        }
    }

    private void Refuse(VectorJob job, string why) => End(job, Replies.Refused(job.Request.Id, new RefusedException(RefusalKind.EngineError, why)));

    private void End(VectorJob job, Event last)
    {
        if (!job.IsOver)
        {
            job.IsOver = true;
            _pass?.Forget(job);
            send(last);
        }
    }
}
