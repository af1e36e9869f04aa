namespace EdgeBox.Daemon.Inference;

/// <summary>The requests of one model: who waits, who runs, and who is to run next.</summary>
internal sealed class JobTable(int maxWaiting)
{
    private readonly LinkedList<Job> _waiting = [];
    private readonly Dictionary<ulong, Job> _running = [];

    /// <summary>Requests that the worker works on at once; 0 while there is no worker.</summary>
    public int Slots { get; set; }

    public int Waiting => _waiting.Count;

    public int Running => _running.Count;

    public bool IsFull => _waiting.Count >= maxWaiting;

    public bool IsEmpty => _waiting.Count == 0 && _running.Count == 0;

    public IEnumerable<Job> All => _running.Values.Concat(_waiting);

    /// <summary>Puts a request at the end of the line.</summary>
    public void Enqueue(Job job) => _waiting.AddLast(job);

    /// <summary>Takes a request out of the line; false if it does not wait.</summary>
    public bool RemoveWaiting(Job job) => _waiting.Remove(job);

    public Job? FindRunning(ulong id) => _running.GetValueOrDefault(id);

    public void RemoveRunning(Job job) => _running.Remove(job.Id);

    /// <summary>The next request to hand to the worker, or null. One that was at a death runs alone until it has produced something.</summary>
    public Job? TakeNext()
    {
        if (_waiting.First is not { Value: var job } || _running.Count >= Slots)
        {
            return null;
        }

        if (_running.Count > 0 && (job.OnProbation || _running.Values.Any(other => other.OnProbation)))
        {
            return null;
        }

        _waiting.RemoveFirst();
        _running.Add(job.Id, job);
        return job;
    }

    /// <summary>Takes all running requests out; the worker is gone.</summary>
    public List<Job> TakeRunning()
    {
        var jobs = _running.Values.OrderBy(job => job.Id).ToList();
        _running.Clear();
        return jobs;
    }

    /// <summary>Puts requests back at the head of the line, in the order given.</summary>
    public void Requeue(IReadOnlyList<Job> jobs)
    {
        for (var i = jobs.Count - 1; i >= 0; i--)
        {
            _waiting.AddFirst(jobs[i]);
        }
    }
}
