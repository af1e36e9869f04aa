using System.IO.Compression;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace EdgeBox.Daemon.Tests.Failures;

/// <summary>Messages that fail before any handler sees them are refused with a reason all the same, and log no error.</summary>
public sealed class BadMessageTests
{
    private static readonly Marshaller<byte[]> s_raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    [Fact]
    public async Task Call_TextIsNotUtf8_IsRefusedAndNeverAltered()
    {
        await using var box = await TestAppliance.StartAsync();
        var facts = await Raw(box.Unix(), "edgebox.v1.AccessService", "RevokeCertificate", [0x0a, 0x02, 0xc3, 0x28])
            .IsRefused(StatusCode.InvalidArgument, ErrorReason.MalformedMessage);
        Assert.Contains("UTF-8", facts["problem"]);
    }

    [Fact]
    public async Task Call_TextIsNotUtf8InNestedServerStreamingRequest_IsRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        var method = new Method<byte[], byte[]>(MethodType.ServerStreaming, "grpc.health.v1.Health", "Watch", s_raw, s_raw);
        using var call = box.Unix().CreateCallInvoker().AsyncServerStreamingCall(method, null, default, [0x0a, 0x01, 0xff]);
        await call.ResponseStream.MoveNext(default).IsRefused(StatusCode.InvalidArgument, ErrorReason.MalformedMessage);
    }

    [Fact]
    public async Task Call_NoProtobuf_IsRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        await Raw(box.Unix(), "edgebox.v1.AccessService", "GetCaller", [0xff, 0xff, 0xff])
            .IsRefused(StatusCode.InvalidArgument, ErrorReason.MalformedMessage);
    }

    [Fact]
    public async Task Call_MessageTooLarge_IsToldTheLimit()
    {
        await using var box = await TestAppliance.StartAsync();
        var request = new IssueCertificateRequest { CsrPem = new string('x', 16 * 1024 * 1024) };
        var facts = await box.Access().IssueCertificateAsync(request).ResponseAsync.IsRefused(StatusCode.ResourceExhausted, ErrorReason.MessageTooLarge);
        Assert.Equal("16777216", facts["limit_bytes"]);
    }

    [Theory]
    [InlineData("edgebox.v1.AccessService", "Nope")]
    [InlineData("edgebox.v9.NopeService", "Nope")]
    public async Task Call_UnknownMethod_IsNotSupported(string service, string method)
    {
        await using var box = await TestAppliance.StartAsync();
        var facts = await Raw(box.Unix(), service, method, []).IsRefused(StatusCode.Unimplemented, ErrorReason.NotSupported);
        Assert.Equal($"/{service}/{method}", facts["method"]);
    }

    [Fact]
    public async Task Call_CompressedMessage_IsRefusedUnopened()
    {
        await using var box = await TestAppliance.StartAsync();
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new System.Net.Sockets.NetworkStream(box.ConnectUnix(), true)),
            },
            CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest)],
        });
        var headers = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var request = new IssueCertificateRequest { Name = new string('a', 1000) };
        await new AccessService.AccessServiceClient(channel).IssueCertificateAsync(request, headers).IsRefused(StatusCode.Unimplemented, ErrorReason.NotSupported);
    }

    private static Task Raw(GrpcChannel channel, string service, string method, byte[] message) =>
        channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, method, s_raw, s_raw), null, default, message).ResponseAsync;
}
