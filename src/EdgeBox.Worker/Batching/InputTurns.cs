namespace EdgeBox.Worker.Batching;

/// <summary>The texts that wait for the engine: one of each request in turn, so that a request of many does not keep others waiting.</summary>
internal sealed class InputTurns
{
    private readonly Queue<VectorJob> _jobs = [];

    public void Add(VectorJob job) => _jobs.Enqueue(job);

    /// <summary>Tokens of the text whose turn it is; null if none waits.</summary>
    public int? NextLength()
    {
        while (_jobs.TryPeek(out var job))
        {
            if (job.HasNext)
            {
                return job.NextLength;
            }

            _jobs.Dequeue();
        }

        return null;
    }

    /// <summary>Takes the text whose turn it is. One that does not fit keeps its turn: it is the first of the next step.</summary>
    public VectorInput Take()
    {
        var job = _jobs.Dequeue();
        var input = job.Take();
        if (job.HasNext)
        {
            _jobs.Enqueue(job);
        }

        return input;
    }
}
