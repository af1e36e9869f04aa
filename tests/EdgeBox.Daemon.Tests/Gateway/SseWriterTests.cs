using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Gateway;

public sealed class SseWriterTests : IDisposable
{
    private readonly MemoryStream _body = new();
    private readonly DefaultHttpContext _context = new();

    public SseWriterTests() => _context.Response.Body = _body;

    public void Dispose() => _body.Dispose();

    private string Sent => Encoding.UTF8.GetString(_body.ToArray());

    [Fact]
    public async Task Send_EventsOfEachKind_AreFramedAndFlushedOneByOne()
    {
        using var stream = new SseWriter(_context);
        Assert.Equal("", Sent);
        await stream.SendAsync("message_start", json => json.WriteStringValue("ab\ncd မြန်မာ"));
        Assert.Equal("event: message_start\ndata: \"ab\\ncd မြန်မာ\"\n\n", Sent);
        Assert.StartsWith("text/event-stream", _context.Response.ContentType, StringComparison.Ordinal);
        _body.SetLength(0);
        await stream.SendAsync(null, json => json.WriteNumberValue(1));
        await stream.CommentAsync("2 before you");
        await stream.DoneAsync();
        Assert.Equal("data: 1\n\n: 2 before you\n\ndata: [DONE]\n\n", Sent);
    }

    [Theory]
    [InlineData(GatewayStyle.OpenAi, "data: {\"error\":{\"message\":\"M.\",\"type\":\"server_error\",\"param\":null,\"code\":\"worker_lost\",\"edgebox\":{\"reason\":\"WORKER_LOST\",\"model\":\"models/m\"}}}\n\n")]
    [InlineData(GatewayStyle.Anthropic, "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"M.\",\"type\":\"api_error\",\"edgebox\":{\"reason\":\"WORKER_LOST\",\"model\":\"models/m\"}},\"request_id\":\"req_1\"}\n\n")]
    internal async Task Fail_InMidStream_EndsItWithAnEventOfTheApi(GatewayStyle style, string expected)
    {
        _context.Features.Set(new GatewayCaller("req_1", style, null, new Asker("x")));
        using var stream = new SseWriter(_context);
        await stream.FailAsync(new GatewayError(new FailureException(ErrorReason.WorkerLost, "M.", ("model", "models/m"))));
        Assert.Equal(expected, Sent);
    }

    [Theory]
    [InlineData(GatewayStyle.OpenAi, ": still at work\n\n")]
    [InlineData(GatewayStyle.Anthropic, "event: ping\ndata: {\"type\":\"ping\"}\n\n")]
    internal async Task Heartbeat_NothingIsSent_ShowsThatTheStreamLivesUntilItEnds(GatewayStyle style, string sign)
    {
        var time = new FakeTimeProvider();
        _context.Features.Set(new GatewayCaller("req_1", style, null, new Asker("x")));
        using var stream = new SseWriter(_context);
        await using (new Heartbeat(stream, time))
        {
            time.Advance(Heartbeat.Silence - TimeSpan.FromMilliseconds(1));
            Assert.Equal("", Sent);
            time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(sign, Sent);
            Assert.Equal((200, true), (_context.Response.StatusCode, _context.Response.ContentType!.StartsWith("text/event-stream", StringComparison.Ordinal)));
            time.Advance(Heartbeat.Silence);
            Assert.Equal(sign + sign, Sent);

            await stream.SendAsync(null, json => json.WriteNumberValue(1));
            time.Advance(Heartbeat.Silence); // Something was sent.
            Assert.Equal(sign + sign + "data: 1\n\n", Sent);
            time.Advance(Heartbeat.Silence);
            Assert.Equal(sign + sign + "data: 1\n\n" + sign, Sent);
        }

        time.Advance(2 * Heartbeat.Silence);
        Assert.Equal(sign + sign + "data: 1\n\n" + sign, Sent);
    }

    [Fact]
    public async Task Heartbeat_WithinAnEventThatIsBeingWritten_StandsBesideIt()
    {
        _context.Features.Set(new GatewayCaller("req_1", GatewayStyle.OpenAi, null, new Asker("x")));
        using var stream = new SseWriter(_context);
        stream.Frames.Begin().WriteNumberValue(1);
        await stream.BeatAsync();
        stream.Frames.End();
        await stream.FlushAsync();
        Assert.Equal(": still at work\n\ndata: 1\n\n", Sent);
    }

    [Fact]
    public async Task Heartbeat_ClientIsGone_Ends()
    {
        using var gone = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        _context.RequestAborted = gone.Token;
        _context.Features.Set(new GatewayCaller("req_1", GatewayStyle.OpenAi, null, new Asker("x")));
        using var stream = new SseWriter(_context);
        await gone.CancelAsync();
        await using var heartbeat = new Heartbeat(stream, time);
        time.Advance(Heartbeat.Silence);
        Assert.Equal("", Sent);
    }

    [Fact]
    public async Task Send_ClientIsGone_IsCancelled()
    {
        using var gone = new CancellationTokenSource();
        _context.RequestAborted = gone.Token;
        using var stream = new SseWriter(_context);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.SendAsync(null, json => json.WriteNumberValue(1)));
        Assert.Equal("", Sent);
    }
}
