using EdgeBox.Architecture.Tests.Tree;
using EdgeBox.Cli.Rendering;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Architecture.Tests;

/// <summary>One vocabulary of failures: every reason has a row on both sides, and the rows agree.</summary>
public sealed class FailureVocabularyTests
{
    private static readonly ErrorReason[] s_reasons = [.. Enum.GetValues<ErrorReason>().Where(reason => reason != ErrorReason.Unspecified)];

    [Fact]
    public void FailureTable_EveryReason_HasARow() =>
        Findings.None("The daemon cannot tell these reasons; add them to FailureTable:",
            s_reasons.Where(reason => Record.Exception(() => FailureTable.RowOf(reason)) is not null).Select(reason => reason.ToString()));

    [Fact]
    public void ExitCodes_EveryReason_HasARow() =>
        Findings.None("The command line has no words for these reasons; add them to ExitCodes:",
            s_reasons.Where(reason => !ExitCodes.Has(reason)).Select(reason => reason.ToString()));

    [Fact]
    public void NameOf_EveryReason_IsTheSameOnBothSides()
    {
        Assert.NotEmpty(s_reasons);
        Assert.All(s_reasons, reason => Assert.Equal(FailureTable.NameOf(reason), ExitCodes.NameOf(reason)));
    }

    [Fact]
    public void Rows_OfOneReason_MeanTheSameOnBothSides() =>
        Findings.None("The exit code does not follow from the gRPC status:",
            from reason in s_reasons
            let status = FailureTable.RowOf(reason).Grpc
            let code = ExitCodes.For(ExitCodes.NameOf(reason)).Code
            where Expected(status) is { } expected && expected != code
            select $"{reason}: {status} and exit code {code}");

    private static int? Expected(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists => ExitCode.Refused,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCode.NotPermitted,
        StatusCode.Unavailable => ExitCode.Unavailable,
        StatusCode.Cancelled or StatusCode.DeadlineExceeded => ExitCode.Cancelled,
        StatusCode.Internal => ExitCode.Defect,
        _ => null,
    };
}
