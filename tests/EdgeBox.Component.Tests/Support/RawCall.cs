using Google.Protobuf.Reflection;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Sends bytes that no generated client would.</summary>
internal static class RawCall
{
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);

    /// <summary>Every RPC of the public contract.</summary>
    public static IReadOnlyList<MethodDescriptor> Contract { get; } =
    [
        .. new[]
        {
            V1.InferenceService.Descriptor, V1.ModelService.Descriptor, V1.OperationService.Descriptor,
            V1.AccessService.Descriptor, V1.AuditService.Descriptor, V1.ApplianceService.Descriptor,
        }.SelectMany(service => service.Methods),
    ];

    /// <summary>Sends a message and reads all of the answer.</summary>
    /// <exception cref="RpcException">The call was refused.</exception>
    public static async Task<IReadOnlyList<byte[]>> SendAsync(ChannelBase channel, string service, string name, bool streams, byte[] message)
    {
        var method = new Method<byte[], byte[]>(streams ? MethodType.ServerStreaming : MethodType.Unary, service, name, s_bytes, s_bytes);
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        var invoker = channel.CreateCallInvoker();
        if (!streams)
        {
            return [await invoker.AsyncUnaryCall(method, null, options, message)];
        }

        using var call = invoker.AsyncServerStreamingCall(method, null, options, message);
        var answers = new List<byte[]>();
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            answers.Add(answer);
        }

        return answers;
    }

    /// <inheritdoc cref="SendAsync(ChannelBase, string, string, bool, byte[])" />
    public static Task<IReadOnlyList<byte[]>> SendAsync(ChannelBase channel, MethodDescriptor method, byte[] message) =>
        SendAsync(channel, method.Service.FullName, method.Name, method.IsServerStreaming, message);
}
