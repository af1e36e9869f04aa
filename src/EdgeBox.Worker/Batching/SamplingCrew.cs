using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Batching;

/// <summary>Threads that help the decode thread to choose the tokens of several sequences at once.</summary>
internal sealed class SamplingCrew : IDisposable
{
    private readonly Candidates[] _scratch;
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly List<Thread> _helpers = [];
    private Action<int, Candidates> _work = (_, _) => { };
    private int _count;
    private int _next;
    private volatile bool _stopping;

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
            _begin.Release(helpers);
        }

        Take(_scratch[0]);
        for (var i = 0; i < helpers; i++)
        {
            _end.Wait();
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _begin.Release(Math.Max(1, _helpers.Count));
        _helpers.ForEach(helper => helper.Join());
        _begin.Dispose();
        _end.Dispose();
    }

    private void Help(Candidates scratch)
    {
        while (true)
        {
            _begin.Wait();
            if (_stopping)
            {
                return;
            }

            Take(scratch);
            _end.Release();
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
