using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace EdgeBox.Daemon.Tests.Failures;

public sealed class FailureInterceptorTests : IDisposable
{
    private readonly LogSink _log = new();

    public static TheoryData<string> Kinds => ["unary", "client streaming", "server streaming", "duplex"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Handler_FailureException_BecomesItsStatus(string kind)
    {
        var facts = await CallAsync(kind, new FakeCall(), new FailureException(ErrorReason.ModelNotFound, "no such model", ("model", "models/nope")))
            .IsRefused(StatusCode.NotFound, ErrorReason.ModelNotFound);
        Assert.Equal("models/nope", facts["model"]);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Handler_Defect_IsLoggedOnceAndToldAsAnIncidentOnly(string kind)
    {
        var call = CallAsync(kind, new FakeCall(), new InvalidOperationException("secret detail"));
        var facts = await call.IsRefused(StatusCode.Internal, ErrorReason.Internal);
        Assert.DoesNotContain("secret", call.Exception!.InnerException!.Message);
        var line = Assert.Single(_log.Lines);
        Assert.Contains(facts["incident"], line);
        Assert.Contains("secret detail", line);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Handler_CallerCancelled_IsNoDefect(string kind)
    {
        await CallAsync(kind, new FakeCall(null, new CancellationToken(true)), new OperationCanceledException())
            .IsRefused(StatusCode.Cancelled, ErrorReason.Cancelled);
        await CallAsync(kind, new FakeCall(null, new CancellationToken(true)), new IOException("reset"))
            .IsRefused(StatusCode.Cancelled, ErrorReason.Cancelled);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Handler_DeadlinePassed_IsToldAsSuch() =>
        await CallAsync("unary", new FakeCall(DateTime.UnixEpoch, new CancellationToken(true)), new OperationCanceledException())
            .IsRefused(StatusCode.DeadlineExceeded, ErrorReason.DeadlineExceeded);

    [Fact]
    public async Task Handler_CancelledThoughNobodyAsked_IsADefect()
    {
        await CallAsync("unary", new FakeCall(), new OperationCanceledException()).IsRefused(StatusCode.Internal, ErrorReason.Internal);
        Assert.Single(_log.Lines);
    }

    public void Dispose() => _log.Dispose();

    private Task CallAsync(string kind, ServerCallContext call, Exception exception)
    {
        using var logs = new LoggerFactory([_log]);
        var interceptor = new FailureInterceptor(new FailureReporter(logs.CreateLogger<FailureReporter>()));
        return kind switch
        {
            "unary" => interceptor.UnaryServerHandler<Caller, Caller>(new Caller(), call, (_, _) => throw exception),
            "client streaming" => interceptor.ClientStreamingServerHandler<Caller, Caller>(null!, call, (_, _) => throw exception),
            "server streaming" => interceptor.ServerStreamingServerHandler<Caller, Caller>(new Caller(), null!, call, (_, _, _) => throw exception),
            _ => interceptor.DuplexStreamingServerHandler<Caller, Caller>(null!, null!, call, (_, _, _) => throw exception),
        };
    }
}
