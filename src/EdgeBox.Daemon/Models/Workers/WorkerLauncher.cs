using System.Collections.Concurrent;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Platform.Processes;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>Has workers started, and knows those that live.</summary>
internal sealed class WorkerLauncher(IWorkerStarter starter, IOptions<ModelOptions> options)
{
    private const long PartForAny = 10;

    private readonly ConcurrentDictionary<IWorkerProcess, byte> _running = new();

    private readonly Lazy<bool> _packsVerified = new(() =>
    {
        RuntimePacks.Verify(options.Value.Packs);
        return true;
    });

    /// <summary>The workers that were started and have not ended.</summary>
    public IEnumerable<IWorkerProcess> Running => _running.Keys;

    /// <summary>Starts a worker that may read these files.</summary>
    /// <param name="files">The model's.</param>
    /// <param name="memoryBytes">The main memory that it may take where that can be bounded; null: what the machine has, but for a tenth.</param>
    /// <exception cref="FailureException">WORKER_START_FAILED or RUNTIME_PACK_INVALID.</exception>
    public IWorkerProcess Launch(IReadOnlyList<SafeFileHandle> files, long? memoryBytes = null)
    {
        _ = _packsVerified.Value;
        var total = MainMemory.Read().TotalBytes;
        var worker = starter.Start(new WorkerOrder(
            options.Value.Worker, options.Value.Packs, files, Math.Min(memoryBytes ?? long.MaxValue, total - (total / PartForAny))));
        _running[worker] = 0;
        _ = worker.Exited.ContinueWith(_ => _running.TryRemove(worker, out var _), TaskScheduler.Default);
        return worker;
    }
}
