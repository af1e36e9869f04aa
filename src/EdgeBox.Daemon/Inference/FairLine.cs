namespace EdgeBox.Daemon.Inference;

/// <summary>Requests of one priority that wait: shared fairly among identities by the tokens that they use.</summary>
/// <remarks>
/// Start-time fair queueing (Goyal, Vin and Cheng, 1996): each identity has a virtual time that advances by what it uses over its weight,
/// and the one that is behind all others is next. The line's virtual time is that of the last request taken; so that strangers without
/// end do not keep out one who used much, it also follows what all used on average.
/// </remarks>
internal sealed class FairLine(Func<string, double> weightOf, TimeProvider time)
{
    /// <summary>What an identity used is forgotten when it asked for nothing this long.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>How far behind those who wait a newcomer begins at most, in tokens.</summary>
    private const double MostAhead = 2 * TokenCost.GuessedAnswer;

    /// <summary>Identities remembered at most that ask for nothing.</summary>
    private const int MaxRemembered = 1024;

    private readonly Dictionary<string, Flow> _flows = [];
    private double _now;
    private double _average;
    private int _running;

    public int Waiting { get; private set; }

    /// <summary>Where those begin who ask for nothing yet.</summary>
    private double Beginning => Math.Clamp(_average, _now, _now + MostAhead);

    /// <summary>Puts a request behind the others of its identity.</summary>
    public void Enqueue(Job job)
    {
        var flow = FlowOf(job.Claim.Identity);
        if (flow.Waiting.Count == 0)
        {
            flow.BeginSpell(Beginning);
        }

        flow.Waiting.AddLast(job);
        Waiting++;
    }

    /// <summary>Takes a request out; false if it does not wait here.</summary>
    public bool Remove(Job job)
    {
        if (!_flows.TryGetValue(job.Claim.Identity, out var flow) || !flow.Waiting.Remove(job))
        {
            return false;
        }

        Waiting--;
        Settle(flow);
        return true;
    }

    /// <summary>The next request among those of identities that may run one; of equals the one that came first.</summary>
    public Job? First(Func<string, bool> mayRun)
    {
        Flow? first = null;
        foreach (var flow in _flows.Values)
        {
            if (flow.Waiting.Count > 0 && (first is null || OrderOf(flow).CompareTo(OrderOf(first)) < 0) && mayRun(flow.Identity))
            {
                first = flow;
            }
        }

        return first?.Waiting.First!.Value;
    }

    /// <summary>Takes a request that <see cref="First"/> gave, to be run, and charges what it is guessed to cost.</summary>
    public void Take(Job job)
    {
        var flow = _flows[job.Claim.Identity];
        flow.Waiting.Remove(job);
        Waiting--;
        Begin(job, flow);
    }

    /// <summary>Charges a request that is run and did not wait here.</summary>
    public void Resume(Job job)
    {
        var flow = FlowOf(job.Claim.Identity);
        if (flow.IsIdle)
        {
            flow.BeginSpell(Beginning);
        }

        Begin(job, flow);
    }

    /// <summary>A request has ended and used this much.</summary>
    public void End(Job job, double used)
    {
        var flow = _flows[job.Claim.Identity];
        flow.Correct(job.Charge, used);
        _average = Math.Max(_average, _now) + used / _flows.Values.Where(other => !other.IsIdle).Sum(other => other.Weight);
        flow.Running--;
        _running--;
        Settle(flow);
    }

    /// <summary>All that wait, in the order in which they would be taken if each cost what is guessed.</summary>
    /// <param name="decided">Goes first, if it is not null: it is one that <see cref="First"/> gave.</param>
    public IEnumerable<Job> InOrder(Job? decided)
    {
        var heads = new PriorityQueue<(Flow Flow, LinkedListNode<Job> Head), (double Tag, ulong Id)>();
        foreach (var flow in _flows.Values.Where(flow => flow.Waiting.Count > 0))
        {
            var head = flow.Waiting.First!;
            heads.Enqueue((flow, head), head.Value == decided ? (double.NegativeInfinity, 0) : OrderOf(flow));
        }

        while (heads.TryDequeue(out var next, out var order))
        {
            yield return next.Head.Value;
            if (next.Head.Next is { } behind)
            {
                var tag = double.IsNegativeInfinity(order.Tag) ? next.Flow.Tag : order.Tag;
                heads.Enqueue((next.Flow, behind), (tag + next.Flow.Advance(next.Head.Value.Estimate), behind.Value.Id));
            }
        }
    }

    private void Begin(Job job, Flow flow)
    {
        _now = Math.Max(_now, flow.Tag);
        job.Charge = flow.Charge(job.Estimate);
        flow.Running++;
        _running++;
    }

    private static (double Tag, ulong Id) OrderOf(Flow flow) => (flow.Tag, flow.Waiting.First!.Value.Id);

    private Flow FlowOf(string identity)
    {
        if (_flows.TryGetValue(identity, out var known) && !(known.IsIdle && time.GetElapsedTime(known.IdleSince) >= Memory))
        {
            return known;
        }

        if (_flows.Count >= MaxRemembered)
        {
            foreach (var idle in _flows.Values.Where(flow => flow.IsIdle).ToList())
            {
                _flows.Remove(idle.Identity);
            }
        }

        return _flows[identity] = new Flow(identity, weightOf(identity), Beginning);
    }

    /// <summary>Forgets what need not be remembered.</summary>
    private void Settle(Flow flow)
    {
        if (_running == 0 && Waiting == 0)
        {
            _flows.Clear();
            (_now, _average) = (0, 0);
        }
        else if (flow.IsIdle)
        {
            flow.IdleSince = time.GetTimestamp();
            if (flow.Tag <= Beginning)
            {
                _flows.Remove(flow.Identity);
            }
        }
    }
}
