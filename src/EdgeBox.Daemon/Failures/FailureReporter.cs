using System.Security.Cryptography;
using EdgeBox.V1;
using Google.Protobuf;
using Grpc.Core;

namespace EdgeBox.Daemon.Failures;

/// <summary>Turns any exception into the status that callers are told, and logs the defects among them once, with their stack.</summary>
internal sealed partial class FailureReporter(ILogger<FailureReporter> logger)
{
    /// <summary>The status for <paramref name="exception"/>; a defect is logged under a fresh incident id.</summary>
    /// <param name="exception">What escaped.</param>
    /// <param name="during">What was being done, e.g. an RPC's name; for the log.</param>
    public Google.Rpc.Status StatusOf(Exception exception, string during)
    {
        switch (exception)
        {
            case FailureException failure:
                return FailureStatus.From(failure);
            case InvalidProtocolBufferException malformed:
                return FailureStatus.From(FailureStatus.Malformed(malformed));
            case OperationCanceledException:
                return FailureStatus.From(new FailureException(ErrorReason.Cancelled, "The caller cancelled."));
            case RpcException rpc:
                return rpc.GetRpcStatus() ?? new Google.Rpc.Status { Code = (int)rpc.StatusCode, Message = rpc.Status.Detail };
            default:
                return Defect(exception, during);
        }
    }

    /// <summary>Logs <paramref name="exception"/> as a defect and returns the status that names its incident.</summary>
    public Google.Rpc.Status Defect(Exception exception, string during)
    {
        var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        LogDefect(exception, during, incident);
        return FailureStatus.Internal(incident);
    }

    [LoggerMessage(10, LogLevel.Error, "Defect during {During}, incident {Incident}")]
    private partial void LogDefect(Exception exception, string during, string incident);
}
