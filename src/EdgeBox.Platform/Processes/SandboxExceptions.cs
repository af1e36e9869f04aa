namespace EdgeBox.Platform.Processes;

/// <summary>The kernel lacks a part of the sandbox, so nothing was started.</summary>
/// <param name="missing">What lacks and how to get it.</param>
public sealed class SandboxUnavailableException(string missing)
    : PlatformNotSupportedException($"No sandbox, so nothing was started: {missing}")
{
    /// <summary>What the kernel lacks and how to get it, one sentence.</summary>
    public string Missing { get; } = missing;
}

/// <summary>A program that could not be started; nothing of it is left behind.</summary>
/// <param name="message">What was wrong, where, and what to do.</param>
/// <param name="inner">The refused system call, if one was.</param>
public sealed class ProcessStartException(string message, Exception? inner = null) : IOException(message, inner);
