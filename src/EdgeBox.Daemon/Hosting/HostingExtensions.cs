using EdgeBox.Daemon.Storage;
using EdgeBox.Platform.Systemd;
using Grpc.HealthCheck;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Composes the server, the log, health and the stop.</summary>
internal static class HostingExtensions
{
    /// <summary>One line a message on the console, or the journal's form under systemd. A reader that stalls loses lines; it does not stop the box.</summary>
    public static void AddLog(this WebApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);

        // What fails in there before a handler is reached is the caller's fault, and FailureMiddleware tells it; the rest FailureInterceptor logs.
        builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        if (SystemdHelpers.IsSystemdService())
        {
            builder.Logging.AddSystemdConsole();
        }
        else
        {
            builder.Logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        builder.Services.Configure<ConsoleLoggerOptions>(options => options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
    }

    /// <summary>Kestrel, routing and the order of the stop.</summary>
    public static void AddServer(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new HandedSockets(ListenDescriptors.FromEnvironment()));
        builder.Services.AddEndpoints();
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        builder.Services.AddSingleton<BoundEndpoints>();
        builder.Services.AddSingleton(_ => ServiceNotifier.FromEnvironment());
        builder.Services.AddHostedService<Shutdown>();
        builder.Services.AddHostedService<ServiceManagerLink>();
    }

    /// <summary>Health, as a whole and as <c>grpc.health.v1</c> tells it.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services) => services
        .AddSingleton<HealthServiceImpl>()
        .AddSingleton<ApplianceHealth>()
        .AddSingleton<LivenessMonitor>();

    /// <summary>The state directory and the database in it.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton<StateDirectory>()
        .AddSingleton<Database>();
}
