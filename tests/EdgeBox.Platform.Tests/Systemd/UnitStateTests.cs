using EdgeBox.Platform.Processes;
using EdgeBox.Platform.Systemd;
using Xunit;

namespace EdgeBox.Platform.Tests.Systemd;

/// <summary>How what systemd says of a unit is read.</summary>
public sealed class UnitStateTests
{
    [Theory]
    [InlineData("failed", "exit-code", 1, 3, false, ProcessExitCause.Exited, "exited with code 3")]
    [InlineData("failed", "signal", 2, 11, false, ProcessExitCause.Signalled, "killed by SIGSEGV")]
    [InlineData("failed", "core-dump", 3, 6, false, ProcessExitCause.Aborted, "aborted (SIGABRT)")]
    [InlineData("failed", "signal", 2, 9, true, ProcessExitCause.KilledByStarter, "killed by its starter (SIGKILL)")]
    [InlineData("failed", "oom-kill", 2, 9, false, ProcessExitCause.OutOfMemory, "out of memory (SIGKILL by the kernel)")]
    [InlineData("inactive", "success", 0, 0, false, ProcessExitCause.Exited, "exited with code 0")]
    public void Exit_OfAnEndedUnit_IsAsOfAChild(string active, string result, int kind, int status, bool killed, ProcessExitCause cause, string words)
    {
        var exit = new UnitState(active, false, result, 0, kind, status).Exit(killed);
        Assert.Equal((cause, words), (exit!.Cause, exit.Description));
    }

    [Fact]
    public void Exit_OfAUnitThatNeverRan_IsNone() => Assert.Null(new UnitState("failed", false, "resources", 0, 0, 0).Exit(false));

    [Theory]
    [InlineData("inactive", false, true)]
    [InlineData("failed", false, true)]
    [InlineData("inactive", true, false)]
    [InlineData("activating", true, false)]
    [InlineData("active", false, false)]
    [InlineData("deactivating", false, false)]
    public void IsOver_ByStateAndJob_IsTold(string active, bool hasJob, bool isOver) =>
        Assert.Equal(isOver, new UnitState(active, hasJob, "success", 0, 0, 0).IsOver);

    [Theory]
    [InlineData("edgebox-worker@0.service", "/org/freedesktop/systemd1/unit/edgebox_2dworker_400_2eservice")]
    [InlineData("7.service", "/org/freedesktop/systemd1/unit/_37_2eservice")]
    public void Of_AUnit_IsWhereItIsOnTheBus(string unit, string path) => Assert.Equal(path, UnitPath.Of(unit));
}
