using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Microsoft.Extensions.Options;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Turns a path into a served model: judge the file, plan the memory, start the host.</summary>
internal sealed class ModelLoader(
    IOptions<ModelOptions> options, WorkerLauncher launcher, AuditLog audit, InferenceMetrics metrics, TimeProvider time, ILogger<ModelHost> log)
{
    private const uint DefaultSlots = 4;
    private const uint DefaultContext = 8192;
    private const uint PrefillChunk = 256;

    /// <summary>Opens and judges a model file.</summary>
    public static ModelFile Open(string path) => ModelFile.Open(path);

    /// <summary>What a model would need with these options.</summary>
    public static MemoryPlan Plan(ModelFile file, LoadOptions asked)
    {
        var summary = file.Summary;
        return MemoryPlan.For(summary.TensorBytes, summary.BlockCount, summary.KeyValueHeadCount,
            summary.KeyLength + summary.ValueLength, Cells(file, asked), MemoryPlan.ReadAvailable());
    }

    /// <summary>Refuses a model that cannot fit.</summary>
    public void CheckFits(ModelEntry entry, ModelFile file)
    {
        // With a GPU pack the weights live in its memory, which only the engine can plan.
        if (Directory.GetDirectories(options.Value.Packs).All(pack => Path.GetFileName(pack) == "cpu"))
        {
            Plan(file, entry.Options).Check(entry.Name.ToString());
        }
    }

    /// <summary>Starts to serve a judged file.</summary>
    public ModelHost Serve(ModelEntry entry, ModelFile file)
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
