using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Models.Workers;

namespace EdgeBox.Daemon.Models;

/// <summary>Turns a file into a served model: judge the file, plan the memory, start the host.</summary>
internal sealed class ModelLoader(
    ModelHostDefaults defaults, WorkerLauncher launcher, MemoryPlanner planner, ModelLibrary library, WorkerRecords records, TimeProvider time, ILogger<ModelHost> log)
{
    /// <summary>Opens and judges a model's file.</summary>
    /// <exception cref="FailureException">Why it cannot be used.</exception>
    public ModelFile Open(ModelEntry entry) => entry.Installed is { } installed ? library.Open(installed) : ModelFile.Open(entry.Path);

    /// <summary>What remembers the deaths of a model's workers.</summary>
    public DeathLog NewDeathLog() => new(defaults.MaxDeaths, time);

    /// <summary>What a model takes of memory, device by device.</summary>
    /// <exception cref="FailureException">Why it cannot be loaded so, whatever there is.</exception>
    public async Task<MemoryDemand> PlanAsync(ModelEntry entry, ModelFile file, CancellationToken cancellation)
    {
        try
        {
            return await planner.DemandAsync(file, entry.Options, cancellation);
        }
        catch (FailureException died) when (died.Facts.FirstOrDefault(fact => fact.Key == DryRun.StderrFact) is { Key: not null })
        {
            records.NotePlanning(entry.Name.ToString(), died);
            throw;
        }
    }

    /// <summary>Starts to serve a judged file.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="file">Its file.</param>
    /// <param name="demand">What was planned for it.</param>
    /// <param name="changed">Told whenever who serves it has changed.</param>
    public ModelHost Serve(ModelEntry entry, ModelFile file, MemoryDemand demand, Action changed)
    {
        var model = entry.Name.ToString();
        return new ModelHost(
            new ModelHostSetup
            {
                Model = model,
                Path = file.Path,
                Load = demand.Shape.Command(file.Handles.Count, demand.KeptBytes),
                Launch = () => launcher.Launch(file.Handles, demand.MostHostBytes),
                FindChange = file.FindChange,
                OnDeath = (exit, pid) => records.NoteDeath(model, exit, pid),
                Changed = changed,
                Deaths = entry.Deaths,
                Meter = records.QueueOf(model),
                Options = defaults.Make(),
            },
            time, log);
    }
}
