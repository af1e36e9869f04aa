using EdgeBox.V1;
using Google.Protobuf.Collections;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Why the box said no, as a client sees it.</summary>
internal sealed record Refusal(ErrorReason Reason, string Message, IReadOnlyDictionary<string, string> Facts)
{
    public override string ToString() => $"{Reason}: {Message} {{{string.Join(", ", Facts.Select(fact => $"{fact.Key}={fact.Value}"))}}}";

    /// <summary>The refusal of a call that must be refused.</summary>
    public static async Task<Refusal> OfAsync(Func<Task> call) => Of(await Assert.ThrowsAsync<RpcException>(call));

    /// <summary>The refusal that an exception carries.</summary>
    public static Refusal Of(RpcException refused) =>
        Of(refused.GetRpcStatus() ?? throw new InvalidOperationException($"The refusal carries no reason: {refused.Status}"));

    /// <summary>The refusal that an operation ended with.</summary>
    public static Refusal Of(Operation operation)
    {
        Assert.Equal(OperationState.Failed, operation.State);
        return Of(operation.Error);
    }

    /// <summary>The refusal in a status.</summary>
    public static Refusal Of(Google.Rpc.Status status)
    {
        var info = status.GetDetail<Google.Rpc.ErrorInfo>() ?? throw new InvalidOperationException($"The status carries no reason: {status}");
        Assert.Equal("edgebox", info.Domain);
        Assert.True(Enum.TryParse<ErrorReason>(info.Reason.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var reason), info.Reason);
        return new Refusal(reason, status.Message, ToDictionary(info.Metadata));
    }

    private static Dictionary<string, string> ToDictionary(MapField<string, string> map) => map.ToDictionary(fact => fact.Key, fact => fact.Value);
}
