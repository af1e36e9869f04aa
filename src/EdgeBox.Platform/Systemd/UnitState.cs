using EdgeBox.Platform.Processes;

namespace EdgeBox.Platform.Systemd;

/// <summary>What the service manager says of a service's unit.</summary>
/// <param name="Active">ActiveState, e.g. "active", "inactive", "failed".</param>
/// <param name="HasJob">Whether something is asked of it that is not done yet.</param>
/// <param name="Result">Why it is no more, e.g. "success", "exit-code", "signal", "oom-kill".</param>
/// <param name="MainPid">Its main process, or 0.</param>
/// <param name="ExitKind">How the main process ended (CLD_EXITED and so on), or 0 if it has not.</param>
/// <param name="ExitStatus">Its exit code or its signal.</param>
public sealed record UnitState(string Active, bool HasJob, string Result, int MainPid, int ExitKind, int ExitStatus)
{
    /// <summary>Whether nothing of it runs and nothing is about to.</summary>
    public bool IsOver => !HasJob && Active is "inactive" or "failed";

    /// <summary>How the main process ended; null if it never ran.</summary>
    /// <param name="killedByStarter">Whether it was killed on purpose.</param>
    public ProcessExit? Exit(bool killedByStarter) => ExitKind != 0
        ? ProcessExit.Classify(ExitKind, ExitStatus, killedByStarter, memoryRanOut: Result == "oom-kill")
        // A unit that ended well is forgotten at once, and what ended it with it.
        : Active == "inactive" && Result == "success" ? new ProcessExit(ProcessExitCause.Exited, 0, null) : null;
}
