using System.Runtime.InteropServices;

namespace EdgeBox.Platform.Processes;

/// <summary>What to start, what it may touch, and within which limits.</summary>
public sealed record SandboxedProcessOptions
{
    /// <summary>Absolute path of an ELF program.</summary>
    public required string Program { get; init; }

    /// <summary>Arguments after the program's own name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment; nothing is inherited.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Absolute path of the directory it starts in; it needs no grant to stand there.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>
    /// Descriptors that it gets as 4, 5, ... in this order; 3 is the channel. Exactly these regular files are readable too, so
    /// <c>/proc/self/fd/4</c> can be opened whatever the file's path. The caller keeps its own handles and may close them after the start.
    /// </summary>
    public IReadOnlyList<SafeHandle> Descriptors { get; init; } = [];

    /// <summary>Grants beside the program itself and <see cref="SandboxPath.Runtime"/>.</summary>
    public IReadOnlyList<SandboxPath> Paths { get; init; } = [];

    /// <summary>True to let it use the control calls of NVIDIA, DRM and KFD drivers on the device nodes that <see cref="Paths"/> grants.</summary>
    public bool ComputeDevices { get; init; }

    /// <summary>Limits that hold before it is told anything.</summary>
    public ProcessLimits Limits { get; init; } = new();

    /// <summary>Added to the starter's own out-of-memory score, 0 to 1000, so that the kernel takes the child first.</summary>
    public int OutOfMemoryScore { get; init; } = 500;

    /// <summary>
    /// True to go on where the kernel lacks landlock or seccomp, with whatever is there. For a developer's machine alone: a program that
    /// was taken over is then as powerful as its starter.
    /// </summary>
    public bool DangerouslyRunEvenWithoutSandbox { get; init; }
}

/// <summary>Resource limits of one process; core files and writing to files are always off.</summary>
public sealed record ProcessLimits
{
    /// <summary>Most open descriptors.</summary>
    public int OpenDescriptors { get; init; } = 1024;

    /// <summary>Most bytes of address space, or null for no limit (memory-mapped files and GPU mappings count).</summary>
    public long? AddressSpace { get; init; }

    /// <summary>Most bytes of private writable memory, or null for no limit.</summary>
    public long? PrivateMemory { get; init; }

    /// <summary>
    /// Most processes and threads that the user as a whole may have when this one makes another, or null for no limit; the kernel does not
    /// hold root to it.
    /// </summary>
    public int? UserTasks { get; init; }
}
