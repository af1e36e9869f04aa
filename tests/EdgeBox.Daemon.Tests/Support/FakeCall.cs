using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>A call without a wire, for interceptors.</summary>
internal sealed class FakeCall(DateTime? deadline = null, CancellationToken cancelled = default) : ServerCallContext
{
    protected override string MethodCore => "/test.Service/Method";

    protected override string HostCore => "localhost";

    protected override string PeerCore => "unix";

    protected override DateTime DeadlineCore => deadline ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => cancelled;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
