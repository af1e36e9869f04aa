using EdgeBox.V1;
using Google.Rpc;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>Asserts how a call was refused.</summary>
internal static class Refusals
{
    /// <summary>Awaits the refusal, checks code and reason, and returns its facts.</summary>
    public static async Task<IDictionary<string, string>> IsRefused(this Task call, StatusCode code, ErrorReason reason)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => call);
        var info = exception.GetRpcStatus()?.GetDetail<ErrorInfo>();
        Assert.True(info is not null, $"no details: {exception.Status}");
        Assert.Equal((code, "edgebox", Daemon.Failures.FailureTable.NameOf(reason)), (exception.StatusCode, info.Domain, info.Reason));
        return info.Metadata;
    }

    public static Task IsRefused<T>(this AsyncUnaryCall<T> call, StatusCode code, ErrorReason reason) => IsRefused(call.ResponseAsync, code, reason);
}
