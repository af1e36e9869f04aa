using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Planning;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>Turns a path into a served model: judge the file, plan the memory, start the host.</summary>
internal sealed class ModelLoader(
    IOptions<ModelOptions> options, WorkerLauncher launcher, MemoryPlanner planner, AuditLog audit, InferenceMetrics metrics, TimeProvider time, ILogger<ModelHost> log)
{
    /// <summary>Opens and judges a model file.</summary>
    public static ModelFile Open(string path) => ModelFile.Open(path);

    /// <summary>What a model takes of memory; one that does not fit is refused.</summary>
    /// <exception cref="FailureException">MODEL_TOO_LARGE, or why it cannot be loaded so.</exception>
    public async Task<MemoryDemand> PlanAsync(ModelEntry entry, ModelFile file, CancellationToken cancellation)
    {
        try
        {
            var demand = await planner.DemandAsync(file, entry.Options, cancellation);
            demand.Check(entry.Name.ToString());
            return demand;
        }
        catch (FailureException died) when (died.Facts.FirstOrDefault(fact => fact.Key == DryRun.StderrFact) is { Key: not null })
        {
            audit.Refused(AuditEntry.Of("worker.died", "box", entry.Name.ToString(), [died.Facts.First(fact => fact.Key == DryRun.ExitFact)]));
            throw;
        }
    }

    /// <summary>Starts to serve a judged file.</summary>
    public ModelHost Serve(ModelEntry entry, ModelFile file, MemoryDemand demand)
    {
        var model = entry.Name.ToString();
        return new ModelHost(
            new ModelHostSetup
            {
                Model = model,
                Path = file.Path,
                Load = demand.Shape.Command(file.Handles.Count, demand.KeptBytes),
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

    private void NoteDeath(string model, WorkerExit exit, int pid)
    {
        metrics.CountDeath(model);
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [("exit", exit.Words), ("pid", pid.ToString(System.Globalization.CultureInfo.InvariantCulture))]));
    }
}
