using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>A worker that is wanted.</summary>
/// <param name="Program">Path of its program.</param>
/// <param name="Packs">Directory of the runtime packs.</param>
/// <param name="Files">What it may read of models; the caller's.</param>
/// <param name="MemoryBytes">The main memory that it may take.</param>
internal sealed record WorkerOrder(string Program, string Packs, IReadOnlyList<SafeFileHandle> Files, long MemoryBytes);

/// <summary>Makes processes of workers: children of the daemon on a developer's machine, units of systemd on the box.</summary>
internal interface IWorkerStarter
{
    /// <summary>Starts one; it may still be on its way when this returns.</summary>
    /// <exception cref="FailureException">WORKER_START_FAILED.</exception>
    IWorkerProcess Start(WorkerOrder order);
}
