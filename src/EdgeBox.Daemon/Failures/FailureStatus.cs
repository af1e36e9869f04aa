using EdgeBox.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;

namespace EdgeBox.Daemon.Failures;

/// <summary>Packs failures into <c>google.rpc.Status</c>, the form in which calls, operations and models tell them.</summary>
internal static class FailureStatus
{
    /// <summary>The <c>ErrorInfo.domain</c> of every failure of the box.</summary>
    public const string Domain = "edgebox";

    /// <summary>The status of a failure: <c>ErrorInfo</c>, and <c>BadRequest</c> or <c>RetryInfo</c> where they apply.</summary>
    public static Google.Rpc.Status From(FailureException failure)
    {
        var info = new ErrorInfo { Domain = Domain, Reason = FailureTable.NameOf(failure.Reason) };
        foreach (var (key, value) in failure.Facts)
        {
            info.Metadata[key] = value;
        }

        var status = new Google.Rpc.Status
        {
            Code = (int)FailureTable.RowOf(failure.Reason).Grpc,
            Message = failure.Message,
            Details = { Any.Pack(info) },
        };
        if (failure.Reason == ErrorReason.InvalidArgument && info.Metadata.TryGetValue("field", out var field))
        {
            var violation = new BadRequest.Types.FieldViolation { Field = field, Description = failure.Message };
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violation } }));
        }

        if (failure.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status;
    }

    /// <summary>What a caller is told of a defect: that there was one, and the id under which the log has the rest.</summary>
    /// <param name="incident">Eight hexadecimal digits.</param>
    public static Google.Rpc.Status Internal(string incident) => From(new FailureException(
        ErrorReason.Internal,
        $"EdgeBox has a defect; the log holds it as incident {incident}.",
        ("incident", incident)));

    /// <summary>Reads the reason back from a status; null if it is none of ours.</summary>
    public static ErrorReason? ReasonOf(Google.Rpc.Status status)
    {
        var info = status.GetDetail<ErrorInfo>();
        return info is { Domain: Domain }
            && System.Enum.GetValues<ErrorReason>().FirstOrDefault(r => FailureTable.NameOf(r) == info.Reason) is var reason and not ErrorReason.Unspecified
            ? reason
            : null;
    }

    /// <summary>Reads back what <see cref="From"/> wrote.</summary>
    public static FailureException Read(Google.Rpc.Status status) => new(
        ReasonOf(status) ?? ErrorReason.Internal,
        status.Message,
        [.. status.GetDetail<ErrorInfo>()?.Metadata.Select(fact => (fact.Key, fact.Value)) ?? []]);

    /// <summary>Sees a malformed message for what it is: the sender's fault, told without the stack.</summary>
    public static FailureException Malformed(InvalidProtocolBufferException exception) => new(
        ErrorReason.MalformedMessage,
        $"The request message is not valid: {exception.Message}",
        ("problem", exception.Message));
}
