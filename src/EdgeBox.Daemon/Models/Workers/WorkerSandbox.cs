using System.Globalization;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>What a worker may touch, however it was started: the runtime packs, its model's files, the GPU, and nothing else.</summary>
internal static class WorkerSandbox
{
    /// <summary>By what path a worker opens the model's file of this index.</summary>
    public static string PathOfFile(int index) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{SandboxedProcess.FirstGivenDescriptor + index}");

    /// <summary>How its process is started.</summary>
    public static SandboxedProcessOptions Of(string program, string packs, IReadOnlyList<SafeHandle> files) => new()
    {
        Program = program,
        Arguments = ["--pack", packs, "--channel", SandboxedProcess.ChannelDescriptor.ToString(CultureInfo.InvariantCulture)],
        Descriptors = files,
        Paths = [.. Grants(program, packs)],
        ComputeDevices = true,
        Environment = new Dictionary<string, string>
        {
            ["DOTNET_EnableDiagnostics"] = "0",
            ["LANG"] = "C.UTF-8",
        },
    };

    private static IEnumerable<SandboxPath> Grants(string program, string packs)
    {
        yield return new SandboxPath(packs, SandboxAccess.Read);
        // Where the program is published with the .NET runtime beside it, it reads its own folder.
        yield return new SandboxPath(Path.GetDirectoryName(program)!, SandboxAccess.Read);
        foreach (var device in Directory.EnumerateFiles("/dev", "nvidia*"))
        {
            yield return new SandboxPath(device, SandboxAccess.Device, Optional: true);
        }

        // The driver lists the GPUs that its kernel module knows.
        yield return new SandboxPath("/proc/driver/nvidia", SandboxAccess.Read, Optional: true);
        // The cuda pack needs CUDA's own libraries, which the toolkit's packages put here.
        yield return new SandboxPath("/usr/local/cuda", SandboxAccess.Read, Optional: true);
        yield return new SandboxPath("/dev/dri", SandboxAccess.Device, Optional: true);
        yield return new SandboxPath("/usr/share/vulkan", SandboxAccess.Read, Optional: true);
        yield return new SandboxPath("/etc/vulkan", SandboxAccess.Read, Optional: true);
        yield return new SandboxPath("/sys/bus/pci/devices", SandboxAccess.Read, Optional: true);
    }
}
