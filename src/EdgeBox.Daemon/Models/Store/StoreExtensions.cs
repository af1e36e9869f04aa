using EdgeBox.Platform.Files;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Composes the store of models.</summary>
internal static class StoreExtensions
{
    /// <summary>What is in the store is known before any model is served.</summary>
    public static IServiceCollection AddModelStore(this IServiceCollection services) => services
        .AddSingleton(new DurableFiles())
        .AddSingleton<StoreFolder>()
        .AddSingleton<StoreRecords>()
        .AddSingleton<StoreSpace>()
        .AddSingleton<StoreIndex>()
        .AddSingleton<BlobVerifier>()
        .AddSingleton<ModelLibrary>()
        .AddHostedService(provider => provider.GetRequiredService<ModelLibrary>())
        .AddHostedService(provider => new StoreScrub(
            provider.GetRequiredService<BlobVerifier>(), provider.GetRequiredService<IOptions<ModelOptions>>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StoreScrub>>())
        {
            Answering = () => provider.GetRequiredService<ModelRegistry>().List().Any(entry => entry.Host?.Snapshot.Running > 0),
        });
}
