using System.Globalization;
using EdgeBox.V1;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace EdgeBox.Daemon.Failures;

/// <summary>Gives a reason to the failures that arise before any handler or interceptor: too large, not parseable, unknown.</summary>
internal sealed class FailureMiddleware(RequestDelegate next, FailureReporter reporter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (FailureHeaders.NeedsExplanation(context.Response) && Explain(context) is { } status)
        {
            FailureHeaders.Write(context.Response, status);
        }
    }

    /// <summary>The failure of a call to an RPC that does not exist.</summary>
    public static FailureException UnknownMethod(HttpContext context) => new(
        ErrorReason.NotSupported,
        "This release of EdgeBox has no such RPC.",
        ("method", Bounded(context.Request.Path.Value)));

    private Google.Rpc.Status? Explain(HttpContext context)
    {
        if (context.Features.Get<IServerCallContextFeature>()?.ServerCallContext is not { } call)
        {
            return null;
        }

        switch (call.Status)
        {
            case { StatusCode: StatusCode.ResourceExhausted }:
                return FailureStatus.From(new FailureException(
                    ErrorReason.MessageTooLarge,
                    $"The request message is larger than {MessageLimit.Bytes} bytes.",
                    ("limit_bytes", MessageLimit.Bytes.ToString(CultureInfo.InvariantCulture))));
            case { StatusCode: StatusCode.Unimplemented } unimplemented when unimplemented.Detail.Contains("encoding", StringComparison.Ordinal):
                return FailureStatus.From(new FailureException(
                    ErrorReason.NotSupported,
                    "Compressed messages are not taken; send with grpc-encoding identity.",
                    ("method", call.Method)));
            case { StatusCode: StatusCode.Unimplemented }:
                return FailureStatus.From(UnknownMethod(context));
            case { StatusCode: StatusCode.Unknown, DebugException: InvalidProtocolBufferException malformed }:
                return FailureStatus.From(FailureStatus.Malformed(malformed));
            case { StatusCode: StatusCode.Unknown, DebugException: InvalidDataException framing }:
                return FailureStatus.From(Unframed(framing.Message));
            case { StatusCode: StatusCode.Unknown, DebugException: { } defect } when defect is not RpcException:
                return reporter.Defect(defect, call.Method);
            case { StatusCode: StatusCode.Internal } framing:
                return FailureStatus.From(Unframed(framing.Detail));
            default:
                return null;
        }
    }

    private static FailureException Unframed(string problem) =>
        new(ErrorReason.MalformedMessage, $"The request is not framed as gRPC demands: {problem}", ("problem", problem));

    private static string Bounded(string? path) => path is { Length: > 128 } ? path[..128] : path ?? string.Empty;
}
