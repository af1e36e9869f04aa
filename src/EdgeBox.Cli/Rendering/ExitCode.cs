namespace EdgeBox.Cli.Rendering;

/// <summary>What the program tells the shell that started it.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A defect of EdgeBox.</summary>
    public const int Defect = 1;

    /// <summary>The command line is wrong; nothing was asked of the box.</summary>
    public const int Usage = 2;

    /// <summary>Refused: bad input, wrong state, or not found.</summary>
    public const int Refused = 3;

    /// <summary>Not permitted or not licensed.</summary>
    public const int NotPermitted = 4;

    /// <summary>Unavailable: the daemon is down, no model is ready, or the queue is full.</summary>
    public const int Unavailable = 5;

    /// <summary>Something that was checked is not to be trusted.</summary>
    public const int Untrusted = 6;

    /// <summary>Cancelled, or out of time.</summary>
    public const int Cancelled = 7;
}
