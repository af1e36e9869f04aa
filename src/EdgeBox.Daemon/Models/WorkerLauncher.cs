using System.Collections.Concurrent;
using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Platform.Processes;
using EdgeBox.V1;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models;

/// <summary>Starts workers in their sandbox: they can read the runtime packs and their model's files, use the GPU, and nothing else.</summary>
internal sealed class WorkerLauncher(IOptions<ModelOptions> options)
{
    private const int FirstFile = 4;

    private readonly ConcurrentDictionary<IWorkerProcess, byte> _running = new();

    private readonly Lazy<bool> _packsVerified = new(() =>
    {
        RuntimePacks.Verify(options.Value.Packs);
        return true;
    });

    /// <summary>The workers that were started and have not ended.</summary>
    public IEnumerable<IWorkerProcess> Running => _running.Keys;

    /// <summary>By what path a worker opens the model's file of this index.</summary>
    public static string PathOfFile(int index) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{FirstFile + index}");

    /// <summary>Starts a worker that may read these files.</summary>
    /// <exception cref="FailureException">WORKER_START_FAILED or RUNTIME_PACK_INVALID.</exception>
    public IWorkerProcess Launch(IReadOnlyList<SafeFileHandle> files)
    {
        _ = _packsVerified.Value;
        var program = options.Value.Worker;
        try
        {
            return Remember(new LaunchedWorker(SandboxedProcess.Start(new SandboxedProcessOptions
            {
                Program = program,
                Arguments = ["--pack", options.Value.Packs, "--channel", "3"],
                Descriptors = files,
                Paths = [.. Grants(program, options.Value.Packs)],
                ComputeDevices = true,
                Environment = new Dictionary<string, string>
                {
                    ["DOTNET_EnableDiagnostics"] = "0",
                    ["LANG"] = "C.UTF-8",
                },
            })));
        }
        catch (Exception refused) when (refused is SandboxUnavailableException or ProcessStartException)
        {
            throw new FailureException(ErrorReason.WorkerStartFailed, $"No worker could be started: {refused.Message}", ("problem", refused.Message));
        }
    }

    private LaunchedWorker Remember(LaunchedWorker worker)
    {
        _running[worker] = 0;
        _ = worker.Exited.ContinueWith(_ => _running.TryRemove(worker, out var _), TaskScheduler.Default);
        return worker;
    }

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

    /// <summary>A sandboxed process as the supervisor sees it.</summary>
    private sealed class LaunchedWorker(SandboxedProcess process) : IWorkerProcess
    {
        public int Pid => process.Pid;

        public Stream Channel => process.Channel;

        public Task<WorkerExit> Exited { get; } = WaitAsync(process);

        public string StderrTail => process.StderrTail;

        public void Kill() => process.Kill();

        public WorkerSample? Sample() => process.ReadState() is { } state
            ? new WorkerSample(StateOfThreads(state.State), state.ProcessorTime, (ulong)state.ResidentBytes)
            : null;

        public ValueTask DisposeAsync() => process.DisposeAsync();

        private static async Task<WorkerExit> WaitAsync(SandboxedProcess process) => new((await process.Exited).Description);

        /// <summary>The process's letter is its first thread's, which sleeps while another computes or hangs: the worst of all counts.</summary>
        private char StateOfThreads(char first)
        {
            var ready = first == 'R';
            try
            {
                foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Pid}/task")))
                {
                    var line = File.ReadAllText(Path.Combine(thread, "stat"));
                    var state = line[line.LastIndexOf(')') + 2];
                    if (state == 'D')
                    {
                        return state;
                    }

                    ready |= state == 'R';
                }
            }
            catch (IOException)
            {
                // A thread or the process ended meanwhile; what was seen so far holds.
            }

            return ready ? 'R' : first;
        }
    }
}
