using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Models;

/// <summary>Composes the models and what answers from them.</summary>
internal static class ModelExtensions
{
    /// <summary>Loading, supervision and inference.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services) => services
        .AddSingleton<WorkerLauncher>()
        .AddSingleton<ModelStore>()
        .AddSingleton<ModelLoader>()
        .AddSingleton<ModelRegistry>()
        .AddHostedService(provider => provider.GetRequiredService<ModelRegistry>())
        .AddSingleton<ToldDate>()
        .AddSingleton<InferenceMetrics>();
}
