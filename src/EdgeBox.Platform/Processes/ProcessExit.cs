using System.Globalization;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>Why a process is no more.</summary>
public enum ProcessExitCause
{
    /// <summary>It returned an exit code.</summary>
    Exited,

    /// <summary>It ended itself by abort(): a failed assertion or an unhandled error of a library.</summary>
    Aborted,

    /// <summary>Its starter killed it.</summary>
    KilledByStarter,

    /// <summary>The kernel took it because memory ran out.</summary>
    OutOfMemory,

    /// <summary>Another signal ended it: a fault of its own, or a kill from outside.</summary>
    Signalled,
}

/// <summary>How a process ended.</summary>
/// <param name="Cause">Why it is no more.</param>
/// <param name="ExitCode">0 to 255 when it exited, else null.</param>
/// <param name="Signal">The signal that ended it, else null.</param>
public sealed record ProcessExit(ProcessExitCause Cause, int? ExitCode, int? Signal)
{
    private static readonly string[] s_signals =
    [
        "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
        "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>A few words for a person, such as "exited with code 3" or "killed by SIGKILL".</summary>
    public string Description => Cause switch
    {
        ProcessExitCause.Exited => string.Create(CultureInfo.InvariantCulture, $"exited with code {ExitCode}"),
        ProcessExitCause.Aborted => "aborted (SIGABRT)",
        ProcessExitCause.KilledByStarter => "killed by its starter (SIGKILL)",
        ProcessExitCause.OutOfMemory => "out of memory (SIGKILL by the kernel)",
        _ => $"killed by {SignalName}",
    };

    /// <summary>The signal's name, or null when it exited.</summary>
    public string? SignalName => Signal switch
    {
        null => null,
        > 0 and < 32 => s_signals[Signal.Value],
        _ => string.Create(CultureInfo.InvariantCulture, $"signal {Signal}"),
    };

    /// <inheritdoc/>
    public override string ToString() => Description;

    internal static ProcessExit Classify(int code, int status, bool killedByStarter, bool memoryRanOut) => code switch
    {
        NativeMethods.CLD_EXITED => new(ProcessExitCause.Exited, status, null),
        _ => new(
            status switch
            {
                NativeMethods.SIGABRT => ProcessExitCause.Aborted,
                NativeMethods.SIGKILL when killedByStarter => ProcessExitCause.KilledByStarter,
                NativeMethods.SIGKILL when memoryRanOut => ProcessExitCause.OutOfMemory,
                _ => ProcessExitCause.Signalled,
            },
            null,
            status),
    };
}
