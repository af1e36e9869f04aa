using System.Collections.Concurrent;

namespace EdgeBox.Worker.Hosting;

/// <summary>A thread that does one piece of work after another.</summary>
internal sealed class Lane : IDisposable
{
    private readonly BlockingCollection<Action> _work;
    private readonly Thread _thread;

    /// <param name="name">Name of the thread.</param>
    /// <param name="capacity">Most pieces that wait; who adds more waits too.</param>
    /// <param name="stackBytes">Stack of the thread; its pages are taken only when used.</param>
    public Lane(string name, int capacity, int stackBytes)
    {
        _work = new BlockingCollection<Action>(capacity);
        _thread = new Thread(Run, stackBytes) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Add(Action work) => _work.Add(work);

    /// <summary>Waits until all work that was added is done.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
