using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.V1;
using Microsoft.Extensions.Options;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Turns a file into a served model: judge the file, plan the memory, start the host.</summary>
internal sealed class ModelLoader(
    IOptions<ModelOptions> options, WorkerLauncher launcher, ModelLibrary library, AuditLog audit, InferenceMetrics metrics, TimeProvider time, ILogger<ModelHost> log)
{
    private const uint DefaultSlots = 4;
    private const uint DefaultContext = 8192;
    private const uint PrefillChunk = 256;

    /// <summary>Opens and judges a model's file.</summary>
    /// <exception cref="FailureException">Why it cannot be used.</exception>
    public ModelFile Open(ModelEntry entry) => entry.Installed is { } installed ? library.Open(installed) : ModelFile.Open(entry.Path);

    /// <summary>What a model would need with these options.</summary>
    public static MemoryPlan Plan(ModelFile file, LoadOptions asked)
    {
        var summary = file.Summary;
        return MemoryPlan.For(summary.TensorBytes, summary.BlockCount, summary.KeyValueHeadCount,
            summary.KeyLength + summary.ValueLength, Cells(file, asked), MemoryPlan.ReadAvailable());
    }

    /// <summary>What a model takes of memory, device by device.</summary>
    public Task<IReadOnlyDictionary<string, long>> DemandAsync(ModelEntry entry, ModelFile file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // With a GPU pack the weights live in its memory, which only the engine can plan.
        var isHost = Directory.GetDirectories(options.Value.Packs).All(pack => Path.GetFileName(pack) == "cpu");
        return Task.FromResult<IReadOnlyDictionary<string, long>>(isHost
            ? new Dictionary<string, long> { [KernelMemory.Host] = Plan(file, entry.Options).NeededBytes }
            : new Dictionary<string, long>());
    }

    /// <summary>What remembers the deaths of a model's workers.</summary>
    public DeathLog NewDeathLog() => new(options.Value.MaxDeaths, time);

    /// <summary>Starts to serve a judged file.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="file">Its file.</param>
    /// <param name="changed">Told whenever who serves it has changed.</param>
    public ModelHost Serve(ModelEntry entry, ModelFile file, Action changed)
    {
        var model = entry.Name.ToString();
        return new ModelHost(
            new ModelHostSetup
            {
                Model = model,
                Path = file.Path,
                Load = LoadCommand(entry, file),
                Launch = () => launcher.Launch(file.Handles),
                FindChange = file.FindChange,
                OnDeath = (exit, pid) => NoteDeath(model, exit, pid),
                Changed = changed,
                Deaths = entry.Deaths,
                Meter = metrics.QueueOf(model),
                Options = HostOptions(options.Value),
            },
            time, log);
    }

    private static ModelHostOptions HostOptions(ModelOptions given) => new()
    {
        MaxWaiting = given.MaxWaiting,
        MaxWaitingPerIdentity = given.MaxWaitingPerIdentity,
        MaxRunningPerIdentity = given.MaxRunningPerIdentity,
        Weights = IdentityWeights.ReadAll(given.Weights),
        Patience = given.WorkerPatience,
    };

    private static uint Context(ModelFile file, LoadOptions asked)
    {
        var trained = (uint)file.Summary.ContextLength;
        return Math.Min(trained, asked.ContextTokens == 0 ? DefaultContext : asked.ContextTokens);
    }

    /// <summary>Tokens that the KV cache has room for: no fewer than one request may need, no more than all slots may.</summary>
    private static long Cells(ModelFile file, LoadOptions asked)
    {
        long context = Context(file, asked);
        var all = (asked.Slots == 0 ? DefaultSlots : asked.Slots) * context;
        return asked.CacheTokens == 0 ? all : Math.Clamp(asked.CacheTokens, context, all);
    }

    private static Wire.Load LoadCommand(ModelEntry entry, ModelFile file)
    {
        var load = new Wire.Load
        {
            ContextTokens = Context(file, entry.Options),
            Slots = entry.Options.Slots == 0 ? DefaultSlots : entry.Options.Slots,
            Threads = entry.Options.Threads == 0 ? (uint)Math.Max(1, Environment.ProcessorCount - 1) : entry.Options.Threads,
            GpuLayers = -1,
            PrefillChunk = PrefillChunk,
            Cells = (uint)Math.Min(Cells(file, entry.Options), int.MaxValue),
            KeptBytes = (ulong)Plan(file, entry.Options).KeptBytes,
        };
        load.Paths.AddRange(Enumerable.Range(0, file.Handles.Count).Select(WorkerLauncher.PathOfFile));
        return load;
    }

    private void NoteDeath(string model, WorkerExit exit, int pid)
    {
        metrics.CountDeath(model);
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [("exit", exit.Words), ("pid", pid.ToString(System.Globalization.CultureInfo.InvariantCulture))]));
    }
}
