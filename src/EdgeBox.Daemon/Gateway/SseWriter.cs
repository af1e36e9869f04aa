using System.Buffers;
using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;

namespace EdgeBox.Daemon.Gateway;

/// <summary>
/// Tells a client events as they come (text/event-stream): each is sent at once, and waits while the client does not read. Until the first
/// one nothing is sent, so that a refusal before it is still an HTTP status. One writer at a time.
/// </summary>
internal sealed class SseWriter : IDisposable
{
    private static readonly byte[] s_comment = ": still at work\n\n"u8.ToArray();
    private static readonly byte[] s_ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n"u8.ToArray();

    private readonly HttpContext _context;
    private readonly ArrayBufferWriter<byte> _event = new(1024);

    // A sign of life is sent beside the events, never within one.
    private readonly SemaphoreSlim _turn = new(1);
    private bool _hasSent;

    public SseWriter(HttpContext context)
    {
        _context = context;
        Frames = new SseFrames(_event);
        context.Features.Set(this);
        context.Response.RegisterForDispose(this); // Whoever tells of a failure comes after the handler.
    }

    /// <summary>Where events are written that are sent together, by <see cref="FlushAsync"/>.</summary>
    public SseFrames Frames { get; }

    /// <summary>How the stream ends when it must: told to the client as the last event.</summary>
    public Func<SseWriter, GatewayError, Task>? OnError { get; init; }

    /// <summary>Sends one event.</summary>
    /// <param name="name">Its <c>event:</c> line; null for none.</param>
    /// <param name="write">Writes its data: one JSON document.</param>
    public Task SendAsync(string? name, Action<Utf8JsonWriter> write)
    {
        write(Frames.Begin(name));
        Frames.End();
        return FlushAsync();
    }

    /// <summary>Sends a line that clients skip, e.g. a place in the queue. It must hold no line break.</summary>
    public Task CommentAsync(string text)
    {
        Frames.Comment(text);
        return FlushAsync();
    }

    /// <summary>Sends the mark that ends the streams of OpenAI's older APIs.</summary>
    public Task DoneAsync()
    {
        Frames.Done();
        return FlushAsync();
    }

    /// <summary>Ends a stream that has begun with an error: as its family says, else by one event that every client knows.</summary>
    public async Task FailAsync(GatewayError error)
    {
        _event.ResetWrittenCount(); // Of an event that was begun nothing may be sent.
        var caller = _context.GetGatewayCaller();
        if (OnError is { } tell)
        {
            await tell(this, error);
        }
        else
        {
            await SendAsync(caller.Style == GatewayStyle.Anthropic ? "error" : null, json => error.Write(json, caller.Style, caller.RequestId));
        }
    }

    /// <summary>Sends a sign of life that clients pass over, unless anything was sent since the last time.</summary>
    public async Task BeatAsync()
    {
        if (Interlocked.Exchange(ref _hasSent, false) || !await _turn.WaitAsync(0))
        {
            return; // Or an event waits for the client to read.
        }

        try
        {
            await SendAsync(_context.GetGatewayCaller().Style == GatewayStyle.Anthropic ? s_ping : s_comment);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends what was written; nothing if nothing was.</summary>
    public async Task FlushAsync()
    {
        if (_event.WrittenCount == 0)
        {
            return;
        }

        await _turn.WaitAsync(_context.RequestAborted);
        try
        {
            await SendAsync(_event.WrittenMemory);
        }
        finally
        {
            _turn.Release();
        }

        _event.ResetWrittenCount();
        Volatile.Write(ref _hasSent, true);
    }

    public void Dispose()
    {
        Frames.Dispose();
        _turn.Dispose();
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var response = _context.Response;
        if (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache, no-store";
            response.Headers["x-accel-buffering"] = "no"; // A proxy in between must not collect the events.
        }

        _context.RequestAborted.ThrowIfCancellationRequested();
        await response.BodyWriter.WriteAsync(bytes, _context.RequestAborted);
    }
}
