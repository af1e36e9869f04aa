namespace EdgeBox.Daemon.Operations;

/// <summary>Composes long work.</summary>
internal static class OperationExtensions
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<OperationRegistry>()
        .AddHostedService(provider => provider.GetRequiredService<OperationRegistry>());
}
