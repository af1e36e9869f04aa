namespace EdgeBox.Daemon.Time;

/// <summary>Composes the clock.</summary>
internal static class TimeExtensions
{
    public static IServiceCollection AddTrustedClock(this IServiceCollection services) => services
        .AddSingleton<TrustedClock>()
        .AddHostedService<ClockKeeper>();
}
