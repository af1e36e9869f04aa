using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>Sends a sign of life once a second, from a thread of its own, with what the decode loop has done.</summary>
internal sealed class Heart : IDisposable
{
    private readonly EventWriter _events;
    private readonly ITimer _timer;
    private DecodeLoop? _loop;

    public Heart(EventWriter events, TimeProvider time)
    {
        _events = events;
        _timer = time.CreateTimer(_ => Beat(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>From now on the beats tell of this loop.</summary>
    public void Watch(DecodeLoop loop) => Volatile.Write(ref _loop, loop);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        var loop = Volatile.Read(ref _loop);
        try
        {
            var generation = loop?.Generation;
            _events.Send(new Event
            {
                Heartbeat = new Heartbeat
                {
                    Steps = (ulong)(loop?.Steps ?? 0),
                    Active = (uint)(loop?.Active ?? 0),
                    Busy = loop?.IsBusy ?? false,
                    UsedCells = (uint)(generation?.Cache.UsedCells ?? 0),
                    KeptCells = (uint)Math.Min(generation?.Cache.KeptTokens ?? 0, uint.MaxValue),
                    Cells = (uint)(generation?.Cache.Cells ?? 0),
                    EngineNs = Nanoseconds(generation?.InEngine),
                    OverheadNs = Nanoseconds(generation?.OutsideEngine),
                },
            });
        }
        catch (IOException)
        {
            // The daemon is gone; the thread that reads from it ends the process.
        }
    }

    private static ulong Nanoseconds(TimeSpan? time) => (ulong)((time?.Ticks ?? 0) * TimeSpan.NanosecondsPerTick);
}
