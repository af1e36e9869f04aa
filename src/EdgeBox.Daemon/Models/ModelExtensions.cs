using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tasks;

namespace EdgeBox.Daemon.Models;

/// <summary>Composes the models and what answers from them.</summary>
internal static class ModelExtensions
{
    /// <summary>Loading, supervision and inference.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services) => services
        .AddSingleton<WorkerLauncher>()
        .AddModelStore()
        .AddSingleton<ModelStore>()
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
        .AddHostedService(provider => provider.GetRequiredService<ModelRegistry>())
        .AddHostedService<KeepAlive>()
        .AddSingleton<TaskStore>()
        .AddSingleton<TaskRegistry>()
        .AddSingleton<ToldDate>()
        .AddSingleton<InferenceMetrics>();
}
