using System.Buffers;
using System.Text.Json;

namespace EdgeBox.Daemon.Gateway;

/// <summary>
/// Tells a client events as they come (text/event-stream): each is sent at once, and waits while the client does not read. Until the first
/// one nothing is sent, so that a refusal before it is still an HTTP status. One writer at a time.
/// </summary>
internal sealed class SseWriter : IDisposable
{
    private readonly HttpContext _context;
    private readonly ArrayBufferWriter<byte> _event = new(1024);
    private readonly Utf8JsonWriter _json;

    public SseWriter(HttpContext context)
    {
        _context = context;
        _json = new Utf8JsonWriter(_event, GatewayJson.Options);
        context.Features.Set(this);
    }

    /// <summary>How the stream ends when it must: told to the client as the last event.</summary>
    public Func<SseWriter, GatewayError, Task>? OnError { get; init; }

    /// <summary>Sends one event.</summary>
    /// <param name="name">Its <c>event:</c> line; null for none.</param>
    /// <param name="write">Writes its data: one JSON document.</param>
    public Task SendAsync(string? name, Action<Utf8JsonWriter> write)
    {
        _event.ResetWrittenCount();
        if (name is not null)
        {
            Append("event: "u8);
            AppendText(name);
            Append("\n"u8);
        }

        Append("data: "u8);
        _json.Reset(_event);
        write(_json);
        _json.Flush();
        Append("\n\n"u8);
        return FlushAsync();
    }

    /// <summary>Sends a line that clients skip, e.g. a place in the queue. It must hold no line break.</summary>
    public Task CommentAsync(string text)
    {
        _event.ResetWrittenCount();
        Append(": "u8);
        AppendText(text);
        Append("\n\n"u8);
        return FlushAsync();
    }

    /// <summary>Sends the mark that ends the streams of OpenAI's older APIs.</summary>
    public Task DoneAsync()
    {
        _event.ResetWrittenCount();
        Append("data: [DONE]\n\n"u8);
        return FlushAsync();
    }

    /// <summary>Ends a stream that has begun with an error: as its family says, else by one event that every client knows.</summary>
    public async Task FailAsync(GatewayError error)
    {
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

    public void Dispose() => _json.Dispose();

    private async Task FlushAsync()
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
        await response.BodyWriter.WriteAsync(_event.WrittenMemory, _context.RequestAborted);
    }

    private void Append(ReadOnlySpan<byte> bytes) => _event.Write(bytes);

    private void AppendText(string text) => System.Text.Encoding.UTF8.GetBytes(text, _event);
}
