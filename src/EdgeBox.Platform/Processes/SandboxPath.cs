namespace EdgeBox.Platform.Processes;

/// <summary>What a sandboxed program may do with a path and everything beneath it.</summary>
public enum SandboxAccess
{
    /// <summary>Read files and list directories (shared libraries need no more to be loaded).</summary>
    Read,

    /// <summary>Read files, but list no directory: a name must be known to be opened.</summary>
    ReadFiles,

    /// <summary>As <see cref="Read"/>, and run the programs found there.</summary>
    ReadExecute,

    /// <summary>Read, write and control a device node.</summary>
    Device,
}

/// <summary>A grant on one path; what no grant names is refused.</summary>
/// <param name="Path">An absolute path; symbolic links are followed when the program is started.</param>
/// <param name="Access">What may be done with it.</param>
/// <param name="Optional">True when the path may be missing on this machine; otherwise a missing path stops the start.</param>
public sealed record SandboxPath(string Path, SandboxAccess Access, bool Optional = false)
{
    /// <summary>
    /// What any program that is linked with glibc needs, as traced for C, for NativeAOT and for a framework-dependent .NET program.
    /// </summary>
    /// <remarks>
    /// <c>/proc</c> as a whole, because a program's own directory there does not exist before it starts; it cannot be listed, and landlock
    /// keeps what is private to processes outside (memory, environment, descriptors) closed.
    /// </remarks>
    public static IReadOnlyList<SandboxPath> Runtime { get; } =
    [
        new("/lib64", SandboxAccess.Read, Optional: true),
        new("/usr/lib64", SandboxAccess.Read, Optional: true),
        new("/lib/x86_64-linux-gnu", SandboxAccess.Read, Optional: true),
        new("/lib/aarch64-linux-gnu", SandboxAccess.Read, Optional: true),
        new("/etc/ld.so.cache", SandboxAccess.Read, Optional: true),
        new("/proc", SandboxAccess.ReadFiles),
        new("/sys/devices/system/cpu", SandboxAccess.Read, Optional: true),
        new("/sys/devices/system/node", SandboxAccess.Read, Optional: true),
        new("/sys/fs/cgroup", SandboxAccess.ReadFiles, Optional: true),
        new("/dev/null", SandboxAccess.Device),
        new("/dev/zero", SandboxAccess.Read),
        new("/dev/random", SandboxAccess.Read),
        new("/dev/urandom", SandboxAccess.Read),
    ];
}
