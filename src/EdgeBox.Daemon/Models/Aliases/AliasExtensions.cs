namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Composes the aliases.</summary>
internal static class AliasExtensions
{
    /// <summary>What aliases mean is settled before any model is loaded.</summary>
    public static IServiceCollection AddAliases(this IServiceCollection services) => services
        .AddSingleton<AliasStore>()
        .AddSingleton<AliasTable>()
        .AddSingleton<SwapGates>()
        .AddSingleton<IModelServing>(provider => provider.GetRequiredService<ModelRegistry>())
        .AddSingleton<AliasMover>()
        .AddSingleton<AliasRegistry>()
        .AddSingleton<IModelFallback>(provider => provider.GetRequiredService<AliasRegistry>())
        .AddSingleton<IModelGuard, AliasGuard>()
        .AddSingleton<ModelDoor>()
        .AddHostedService<AliasRecovery>();
}
