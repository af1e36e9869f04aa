using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Batching;

/// <summary>A way to run a model over texts, one pass over its weights at a time. It belongs to the decode thread.</summary>
internal abstract class VectorPass(EngineLog log) : IDisposable
{
    /// <summary>The requests whose texts are in the engine now.</summary>
    public abstract IEnumerable<VectorJob> AtWork { get; }

    /// <summary>Takes texts while there is room, runs one step, and gives away what is done.</summary>
    /// <param name="turns">The texts that wait.</param>
    /// <param name="give">Takes the pooled vector of a text, or its scores.</param>
    /// <exception cref="EngineException">The step failed; what was at work is lost.</exception>
    public abstract void Step(InputTurns turns, Action<VectorInput, float[]> give);

    /// <summary>Leaves off the texts of a request that is over.</summary>
    public abstract void Forget(VectorJob job);

    /// <summary>Leaves off everything: the step failed.</summary>
    public abstract void Clear();

    public abstract void Dispose();

    /// <summary>Tells a step that failed, with the engine's words.</summary>
    protected EngineException Failed(string function, int result)
    {
        var words = log.TakeComplaints();
        return new EngineException($"{function} returned {result}{(words.Length > 0 ? ": " + words : "")}");
    }
}
