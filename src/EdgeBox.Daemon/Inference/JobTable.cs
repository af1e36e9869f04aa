namespace EdgeBox.Daemon.Inference;

/// <summary>The requests of one model: who waits, who runs, and who is to run next.</summary>
internal sealed class JobTable(ModelHostOptions options, TimeProvider time)
{
    /// <summary>While interactive requests never end, one request in this many is one of those that nobody waits for.</summary>
    public const int BatchEvery = 16;

    private readonly LinkedList<Job> _again = [];
    private readonly FairLine _interactive = new(options.WeightOf, time);
    private readonly FairLine _batch = new(options.WeightOf, time);
    private readonly Dictionary<ulong, Job> _running = [];
    private readonly Dictionary<string, (int Waiting, int Running)> _identities = [];

    /// <summary>Is to run next and alone: nothing overtakes it while others end.</summary>
    private Job? _next;

    /// <summary>Interactive requests taken since batch requests wait and none was taken.</summary>
    private int _passed;

    /// <summary>Requests that the worker works on at once; 0 while there is no worker.</summary>
    public int Slots { get; set; }

    public int Waiting => _again.Count + _interactive.Waiting + _batch.Waiting;

    /// <summary>How many of those that wait have nobody waiting for them.</summary>
    public int WaitingBatch => _batch.Waiting + _again.Count(job => job.Claim.Batch);

    public int Running => _running.Count;

    public int Paused => _running.Values.Count(job => job.PausedAt is not null);

    /// <summary>Whether the worker has something to do.</summary>
    public bool HasWork => _running.Values.Any(job => job.PausedAt is null || job.Cancelling);

    /// <summary>Whether others wait for one that runs to end.</summary>
    public bool IsHeldUp => Waiting > 0
        && (_running.Count >= Slots || _next is not null || _again.Count > 0 || _running.Values.Any(job => job.RunsAlone));

    public bool IsFull => Waiting >= options.MaxWaiting;

    public bool IsEmpty => Waiting == 0 && _running.Count == 0;

    /// <summary>Identities that wait or run.</summary>
    public int Identities => _identities.Count;

    /// <summary>Changes whenever the order of those that wait may have.</summary>
    public long Version { get; private set; }

    public IEnumerable<Job> All => _running.Values.Concat(InOrder());

    public IEnumerable<Job> InFlight => _running.Values;

    public int WaitingOf(string identity) => _identities.GetValueOrDefault(identity).Waiting;

    /// <summary>Puts a request in the line.</summary>
    public void Enqueue(Job job)
    {
        LineOf(job).Enqueue(job);
        Count(job, waiting: 1, running: 0);
    }

    /// <summary>Takes a request out of the line; false if it does not wait.</summary>
    public bool RemoveWaiting(Job job)
    {
        if (!_again.Remove(job) && !LineOf(job).Remove(job))
        {
            return false;
        }

        _next = _next == job ? null : _next;
        Count(job, waiting: -1, running: 0);
        return true;
    }

    public Job? FindRunning(ulong id) => _running.GetValueOrDefault(id);

    /// <summary>A running request has ended.</summary>
    /// <param name="job">Which.</param>
    /// <param name="used">What it cost, in tokens; see <see cref="TokenCost"/>.</param>
    public void RemoveRunning(Job job, double used)
    {
        if (_running.Remove(job.Id))
        {
            LineOf(job).End(job, used);
            Count(job, waiting: 0, running: -1);
        }
    }

    /// <summary>The next request to hand to the worker, or null. One that runs alone waits for the others to end, and nothing overtakes it.</summary>
    public Job? TakeNext()
    {
        if (_running.Count >= Slots || _running.Values.Any(other => other.RunsAlone) || Choose() is not { } job)
        {
            return null;
        }

        if (job.RunsAlone && _running.Count > 0)
        {
            _next = _again.Count > 0 ? _next : job;
            return null;
        }

        if (_again.Remove(job))
        {
            LineOf(job).Resume(job);
        }
        else
        {
            LineOf(job).Take(job);
            _next = null;
            _passed = job.Claim.Batch || _batch.Waiting == 0 ? 0 : _passed + 1;
        }

        _running.Add(job.Id, job);
        Count(job, waiting: -1, running: 1);
        return job;
    }

    /// <summary>Takes all running requests out; the worker is gone. Nobody pays for what it did.</summary>
    public List<Job> TakeRunning()
    {
        var jobs = _running.Values.OrderBy(job => job.Id).ToList();
        jobs.ForEach(job => RemoveRunning(job, used: 0));
        return jobs;
    }

    /// <summary>Puts requests back at the head of the line, in the order given.</summary>
    public void Requeue(IReadOnlyList<Job> jobs)
    {
        for (var i = jobs.Count - 1; i >= 0; i--)
        {
            jobs[i].PausedAt = null;
            _again.AddFirst(jobs[i]);
            Count(jobs[i], waiting: 1, running: 0);
        }
    }

    /// <summary>Those that wait, in the order in which they would be taken if nothing else came and each cost what is guessed.</summary>
    public IEnumerable<Job> InOrder()
    {
        foreach (var job in _again)
        {
            yield return job;
        }

        var decided = _next ?? Pick();
        using var interactive = _interactive.InOrder(decided).GetEnumerator();
        using var batch = _batch.InOrder(decided).GetEnumerator();
        bool hasInteractive = interactive.MoveNext(), hasBatch = batch.MoveNext();
        var passed = decided is null ? _passed : decided.Claim.Batch ? BatchEvery : 0;
        for (var first = true; hasInteractive || hasBatch; first = false)
        {
            if (hasBatch && (!hasInteractive || passed >= BatchEvery - 1))
            {
                yield return batch.Current;
                hasBatch = batch.MoveNext();
                passed = 0;
            }
            else
            {
                yield return interactive.Current;
                hasInteractive = interactive.MoveNext();
                passed = !hasBatch ? 0 : first ? _passed + 1 : passed + 1;
            }
        }
    }

    private Job? Choose() => _again.First?.Value ?? _next ?? Pick();

    private Job? Pick()
    {
        var batchIsDue = _passed >= BatchEvery - 1;
        return batchIsDue ? PickFrom(_batch) ?? PickFrom(_interactive) : PickFrom(_interactive) ?? PickFrom(_batch);
    }

    /// <summary>The fair order, but whoever holds less than an equal share of the slots goes before whoever holds it.</summary>
    private Job? PickFrom(FairLine line)
    {
        if (line.Waiting == 0)
        {
            return null;
        }

        var most = options.MaxRunningPerIdentity > 0 ? options.MaxRunningPerIdentity : int.MaxValue;
        var share = Math.Min(most, (Slots + _identities.Count - 1) / _identities.Count);
        return line.First(identity => _identities[identity].Running < share)
            ?? line.First(identity => _identities[identity].Running < most);
    }

    private FairLine LineOf(Job job) => job.Claim.Batch ? _batch : _interactive;

    private void Count(Job job, int waiting, int running)
    {
        Version++;
        var (nowWaiting, nowRunning) = _identities.GetValueOrDefault(job.Claim.Identity);
        (nowWaiting, nowRunning) = (nowWaiting + waiting, nowRunning + running);
        if (nowWaiting == 0 && nowRunning == 0)
        {
            _identities.Remove(job.Claim.Identity);
        }
        else
        {
            _identities[job.Claim.Identity] = (nowWaiting, nowRunning);
        }
    }
}
