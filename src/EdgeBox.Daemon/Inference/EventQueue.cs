using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>What a worker said of one request and its client has not read yet; knows when the client is behind.</summary>
internal sealed class EventQueue : ChannelReader<Wire.Event>
{
    /// <summary>Events that may wait for a client that reads slowly; at more the request is given up.</summary>
    public const int MaxEvents = 8192;

    /// <summary>A client with more events unread is behind, and one with more bytes.</summary>
    public const int BehindEvents = 256, BehindBytes = 64 * 1024;

    /// <summary>It has caught up when no more than these are left.</summary>
    public const int CaughtUpEvents = 64, CaughtUpBytes = 16 * 1024;

    // Who reads it writes what it read into a buffer and waits again: quicker done at once than handed to another thread.
    private readonly Channel<Wire.Event> _events = Channel.CreateBounded<Wire.Event>(
        new BoundedChannelOptions(MaxEvents) { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = true });

    private long _bytes;
    private Action? _onCaughtUp;

    public override int Count => _events.Reader.Count;

    public override bool CanCount => true;

    public override bool CanPeek => true;

    public override Task Completion => _events.Reader.Completion;

    public bool IsBehind => Count > BehindEvents || Interlocked.Read(ref _bytes) > BehindBytes;

    public bool HasCaughtUp => Count <= CaughtUpEvents && Interlocked.Read(ref _bytes) <= CaughtUpBytes;

    /// <summary>Adds an event; false if too many are unread.</summary>
    public bool TryWrite(Wire.Event said)
    {
        var bytes = said.CalculateSize();
        Interlocked.Add(ref _bytes, bytes);
        if (_events.Writer.TryWrite(said))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Nothing comes any more. Idempotent.</summary>
    public void Complete(FailureException? why) => _events.Writer.TryComplete(why);

    /// <summary>Calls once, on the reader's thread, when the client has caught up.</summary>
    public void WhenCaughtUp(Action tell)
    {
        Volatile.Write(ref _onCaughtUp, tell);
        TellIfCaughtUp(); // It may have read while this was on its way.
    }

    public override bool TryRead([MaybeNullWhen(false)] out Wire.Event item)
    {
        if (!_events.Reader.TryRead(out item))
        {
            return false;
        }

        NoteRead(item);
        return true;
    }

    public override async ValueTask<Wire.Event> ReadAsync(CancellationToken cancellationToken = default)
    {
        var said = await _events.Reader.ReadAsync(cancellationToken);
        NoteRead(said);
        return said;
    }

    public override bool TryPeek([MaybeNullWhen(false)] out Wire.Event item) => _events.Reader.TryPeek(out item);

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _events.Reader.WaitToReadAsync(cancellationToken);

    private void NoteRead(Wire.Event said)
    {
        Interlocked.Add(ref _bytes, -said.CalculateSize());
        TellIfCaughtUp();
    }

    private void TellIfCaughtUp()
    {
        if (Volatile.Read(ref _onCaughtUp) is not null && HasCaughtUp && Interlocked.Exchange(ref _onCaughtUp, null) is { } tell)
        {
            tell();
        }
    }
}
