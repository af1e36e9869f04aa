using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>Core files of this process: an image of its memory, secrets and all, that the kernel writes when it crashes.</summary>
public static class CoreFiles
{
    /// <summary>Forbids them, for this process and those that it starts, for good.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe void Forbid()
    {
        var none = default(ResourceLimit);
        if (NativeMethods.prlimit(0, NativeMethods.RLIMIT_CORE, &none, null) != 0)
        {
            throw LinuxException.Last("Forbidding core files");
        }
    }
}
