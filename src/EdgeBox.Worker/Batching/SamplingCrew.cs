using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Batching;

/// <summary>Threads that help the decode thread to choose the tokens of several sequences at once.</summary>
internal sealed class SamplingCrew : IDisposable
{
    private readonly Candidates[] _scratch;
    // A semaphore would spin before it sleeps: for longer than it takes to look at a row of logits.
    private readonly object _gate = new();
    private readonly List<Thread> _helpers = [];
    private Action<int, Candidates> _work = (_, _) => { };
    private int _count;
    private int _next;
    private int _called;
    private int _atWork;
    private bool _stopping;

    /// <param name="helpers">Threads beside the decode thread.</param>
    public SamplingCrew(int helpers)
    {
        _scratch = [.. Enumerable.Range(0, helpers + 1).Select(_ => new Candidates())];
        for (var i = 1; i <= helpers; i++)
        {
            var scratch = _scratch[i];
            var helper = new Thread(() => Help(scratch)) { Name = "sampling", IsBackground = true };
            _helpers.Add(helper);
            helper.Start();
        }
    }

    /// <summary>Does pieces of work; each is done by one thread, with that thread's memory. Returns when all are done.</summary>
    /// <param name="count">Pieces, numbered from 0.</param>
    /// <param name="helped">Whether it is worth waking others.</param>
    /// <param name="work">Does one. It throws nothing.</param>
    public void Run(int count, bool helped, Action<int, Candidates> work)
    {
        var helpers = helped ? Math.Min(count - 1, _helpers.Count) : 0;
        (_work, _count) = (work, count);
        Volatile.Write(ref _next, 0);
        if (helpers > 0)
        {
            lock (_gate)
            {
                _called = helpers;
                Monitor.PulseAll(_gate);
            }
        }

        Take(_scratch[0]);
        if (helpers > 0)
        {
            lock (_gate)
            {
                // Who has not come yet need not come any more.
                _called = 0;
                while (_atWork > 0)
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _helpers.ForEach(helper => helper.Join());
    }

    private void Help(Candidates scratch)
    {
        while (IsCalled())
        {
            Take(scratch);
            lock (_gate)
            {
                _atWork--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for work; false when the crew is dismissed.</summary>
    private bool IsCalled()
    {
        lock (_gate)
        {
            while (_called == 0 && !_stopping)
            {
                Monitor.Wait(_gate);
            }

            _called--;
            _atWork++;
            return !_stopping;
        }
    }

    private void Take(Candidates scratch)
    {
        for (var piece = Interlocked.Increment(ref _next) - 1; piece < _count; piece = Interlocked.Increment(ref _next) - 1)
        {
            _work(piece, scratch);
        }
    }
}
