using System.Net.Sockets;
using System.Security.Authentication;
using EdgeBox.Cli.Connection;
using Google.Rpc;
using Grpc.Core;
using RpcCode = Grpc.Core.StatusCode;

namespace EdgeBox.Cli.Rendering;

/// <summary>Reads why a call failed: the box's own reason if it gave one, else what happened to the connection.</summary>
internal static class Failures
{
    /// <summary>Turns a failed call into a failure that has an exit code and words.</summary>
    /// <param name="exception">What the call ended with.</param>
    /// <param name="channel">What it was made over.</param>
    /// <param name="outOfTime">Whether its deadline is over. A stream that is reset at that moment may be told as a lost connection.</param>
    public static CliFailure Of(RpcException exception, BoxChannel channel, bool outOfTime)
        => exception.GetRpcStatus() is { } status && status.GetDetail<ErrorInfo>() is not null
            ? Of(status)
            : exception.StatusCode switch
            {
                RpcCode.Unavailable or RpcCode.Internal when outOfTime => OutOfTime(),
                // A handshake that fails is told as an internal error.
                RpcCode.Unavailable => OfConnection(exception, channel),
                RpcCode.Internal when Cause<AuthenticationException, IOException>(exception) is not null => OfConnection(exception, channel),
                RpcCode.Cancelled => new CliFailure("CANCELLED", ExitCodes.For("CANCELLED").Happened),
                RpcCode.DeadlineExceeded => OutOfTime(),
                RpcCode.Unimplemented => new CliFailure("NOT_SUPPORTED", "The box's release does not know this call."),
                RpcCode.ResourceExhausted => new CliFailure("MESSAGE_TOO_LARGE", exception.Status.Detail),
                RpcCode.Unauthenticated => new CliFailure("UNAUTHENTICATED", ExitCodes.For("UNAUTHENTICATED").Happened),
                RpcCode.PermissionDenied => new CliFailure("PERMISSION_DENIED", ExitCodes.For("PERMISSION_DENIED").Happened),
                RpcCode.InvalidArgument => new CliFailure("INVALID_ARGUMENT", exception.Status.Detail),
                _ => new CliFailure("INTERNAL", $"The call failed: {exception.Status.StatusCode}: {exception.Status.Detail}"),
            };

    /// <summary>Reads the status that an operation or a model ended with.</summary>
    public static CliFailure Of(Google.Rpc.Status status)
    {
        var info = status.GetDetail<ErrorInfo>();
        var reason = info?.Reason is { Length: > 0 } named ? named : "UNSPECIFIED";
        return new CliFailure(
            reason,
            status.Message.Length > 0 ? status.Message : ExitCodes.For(reason).Happened,
            [.. (info?.Metadata ?? []).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, m.Value))])
        {
            RetryAfter = status.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
        };
    }

    private static CliFailure OutOfTime() => new("DEADLINE_EXCEEDED", "The box did not answer in time.");

    private static CliFailure OfConnection(RpcException exception, BoxChannel channel)
    {
        var endpoint = channel.Endpoint;
        if (channel.Distrust is { } distrust)
        {
            return new CliFailure(ClientReasons.BoxNotTrusted, $"The box at {endpoint} cannot be trusted: {distrust}.", ("endpoint", endpoint.ToString()));
        }
        if (Cause<SocketException, AuthenticationException>(exception) is not { } cause)
        {
            return Lost(endpoint);
        }
        var advice = (cause, endpoint.SocketPath) switch
        {
            (SocketException { SocketErrorCode: SocketError.AccessDenied }, not null) =>
                "You may not open that socket: become a member of the group edgebox-client, or use sudo.",
            (SocketException, { } path) when !File.Exists(path) =>
                "Start the daemon (on a box: sudo systemctl start edgeboxd.socket; in a source tree: make run), or name another with --endpoint.",
            (SocketException, not null) => "The socket is there but nobody listens. Start the daemon; on a box: sudo systemctl restart edgeboxd",
            (SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain }, _) =>
                "No machine has that name. Check the spelling, or use the box's address.",
            (SocketException, _) => "Check that the box is on, that its cable is in, and that the port is right (8443 unless it was changed).",
            _ => "The box did not accept the secure connection. Check that your certificate is one that this box issued: edgeboxctl access list",
        };
        var why = cause switch
        {
            // The kernel's word for a missing socket reaches this place as another error.
            SocketException when endpoint.SocketPath is { } socketPath && !File.Exists(socketPath) => "there is no such socket",
            SocketException socket => socket.Message,
            _ => "the secure connection was refused",
        };
        return new CliFailure(ClientReasons.Unreachable, $"No box answers at {endpoint} ({why}).", ("endpoint", endpoint.ToString())) { Advice = advice };
    }

    private static CliFailure Lost(Endpoint endpoint)
        => new(ClientReasons.ConnectionLost, $"The connection to {endpoint} broke.", ("endpoint", endpoint.ToString()))
        {
            // With TLS 1.3 a box that refuses the client's certificate just ends the connection.
            Advice = endpoint.Address is null ? null : "Try again; if it breaks at once, the box may not accept your certificate. An administrator sees those it does: edgeboxctl access list",
        };

    // gRPC wraps the transport's error in an HTTP one, once or twice.
    private static Exception? Cause<TFirst, TSecond>(RpcException exception)
        where TFirst : Exception
        where TSecond : Exception
    {
        for (var e = exception.Status.DebugException; e is not null; e = e.InnerException)
        {
            if (e is TFirst or TSecond)
            {
                return e;
            }
        }
        return null;
    }
}
