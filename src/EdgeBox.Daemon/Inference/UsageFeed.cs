using System.Threading.Channels;
using Channel = System.Threading.Channels.Channel;

namespace EdgeBox.Daemon.Inference;

/// <summary>Carries what happens to models to whoever keeps their history. Never holds anybody up: what does not fit in is counted and lost.</summary>
internal sealed class UsageFeed
{
    private const int Length = 4096;

    private readonly Channel<UsageEvent> _events = Channel.CreateBounded<UsageEvent>(new BoundedChannelOptions(Length) { SingleReader = true });
    private long _lost;

    /// <summary>Where it is read.</summary>
    public ChannelReader<UsageEvent> Reader => _events.Reader;

    /// <summary>How many events there was no room for.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Tells of an event.</summary>
    public void Tell(UsageEvent happened)
    {
        if (!_events.Writer.TryWrite(happened))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Tells of an event as soon as there is room; false if nobody reads any more.</summary>
    public async Task<bool> TellAsync(UsageEvent happened, CancellationToken cancellation)
    {
        try
        {
            await _events.Writer.WriteAsync(happened, cancellation);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Takes nothing more.</summary>
    public void Complete() => _events.Writer.TryComplete();
}
