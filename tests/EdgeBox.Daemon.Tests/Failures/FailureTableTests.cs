using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Failures;

public sealed class FailureTableTests
{
    public static TheoryData<ErrorReason> Reasons => [.. Enum.GetValues<ErrorReason>().Where(r => r != ErrorReason.Unspecified)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void RowOf_EveryReason_HasOne(ErrorReason reason)
    {
        var row = FailureTable.RowOf(reason);
        Assert.NotEqual(StatusCode.OK, row.Grpc);
        Assert.InRange(row.Http, 400, 599);
        Assert.NotEmpty(row.OpenAiCode);
        Assert.Equal(reason, FailureStatus.ReasonOf(FailureStatus.From(new FailureException(reason, "words"))));
    }

    [Fact]
    public void RowOf_Unspecified_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => FailureTable.RowOf(ErrorReason.Unspecified));

    [Fact]
    public void NameOf_Reason_HasNoPrefix() => Assert.Equal("MODEL_NOT_FOUND", FailureTable.NameOf(ErrorReason.ModelNotFound));

    [Fact]
    public void From_FieldAndRetry_AddsBadRequestAndRetryInfo()
    {
        var invalid = FailureStatus.From(new FailureException(ErrorReason.InvalidArgument, "too small", ("field", "top_p"), ("limit", "0")));
        Assert.Equal("top_p", invalid.GetDetail<Google.Rpc.BadRequest>().FieldViolations.Single().Field);
        var full = FailureStatus.From(new FailureException(ErrorReason.QueueFull, "full", ("queued", "8")) { RetryAfter = TimeSpan.FromSeconds(3) });
        Assert.Equal(3, full.GetDetail<Google.Rpc.RetryInfo>().RetryDelay.Seconds);
        Assert.Equal("8", full.GetDetail<Google.Rpc.ErrorInfo>().Metadata["queued"]);
    }
}
