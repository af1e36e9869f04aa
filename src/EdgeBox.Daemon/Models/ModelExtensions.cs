using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Models.History;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Daemon.Models.Workers;
using EdgeBox.Daemon.Tasks;

namespace EdgeBox.Daemon.Models;

/// <summary>Composes the models and what answers from them.</summary>
internal static class ModelExtensions
{
    /// <summary>Loading, supervision and inference.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services) => services
        .AddWorkers()
        .AddModelStore()
        .AddSingleton<MemoryPlanner>()
        .AddSingleton<ModelEstimates>()
        .AddSingleton<ModelStore>()
        .AddSingleton<WorkerRecords>()
        .AddSingleton<ModelHostDefaults>()
        .AddSingleton<ModelLoader>()
        .AddSingleton<ModelTable>()
        .AddSingleton<ModelEntries>()
        .AddSingleton<IFreeMemory, KernelMemory>()
        .AddSingleton<MemoryRoom>()
        .AddSingleton<ModelQuarantine>()
        .AddSingleton<ModelKeeper>()
        .AddSingleton<IModelGuard, LoadedModelGuard>()
        .AddAliases()
        .AddSingleton<ModelRegistry>()
        .AddSingleton<HistoryKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<HistoryKeeper>()) // Stops after the registry: what ends with it counts.
        .AddHostedService(provider => provider.GetRequiredService<ModelRegistry>())
        .AddHostedService<KeepAlive>()
        .AddSingleton<TaskStore>()
        .AddSingleton<TaskRegistry>()
        .AddSingleton<ToldDate>()
        .AddSingleton<AnswerPath>()
        .AddSingleton<UsageFeed>()
        .AddSingleton<InferenceMetrics>()
        .AddSingleton<InferenceDesk>()
        .AddSingleton<ModelMetrics>()
        .AddSingleton<IMachine, Machine>()
        .AddSingleton<CaseRun>()
        .AddSingleton<CaseRunner>()
        .AddSingleton<AcceptanceRunner>()
        .AddSingleton<AcceptanceStore>()
        .AddSingleton<AcceptanceRegistry>()
        .AddSingleton<ModelRecords>()
        .AddSingleton<IAcceptance>(provider => provider.GetRequiredService<AcceptanceRegistry>());
}
