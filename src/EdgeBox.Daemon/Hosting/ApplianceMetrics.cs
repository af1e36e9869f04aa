using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Models;
using EdgeBox.V1;
using Prometheus;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The box's metrics: a registry of its own, so that two daemons in one process do not mix.</summary>
internal static class ApplianceMetrics
{
    /// <summary>Where Prometheus asks; only over TLS, because the Unix socket speaks HTTP/2 alone.</summary>
    public const string Route = "/metrics";

    /// <summary>The registry and <see cref="IMetricFactory"/>; features take the factory and make their own metrics.</summary>
    public static IServiceCollection AddMetrics(this IServiceCollection services) => services
        .AddSingleton(_ => Metrics.NewCustomRegistry())
        .AddSingleton<IMetricFactory>(p => Metrics.WithCustomRegistry(p.GetRequiredService<CollectorRegistry>()));

    /// <summary>Opens <see cref="Route"/> to operators and adds what is read when it is asked for.</summary>
    public static void MapApplianceMetrics(this WebApplication app)
    {
        var registry = app.Services.GetRequiredService<CollectorRegistry>();
        var factory = app.Services.GetRequiredService<IMetricFactory>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        var started = time.GetTimestamp();
        var uptime = factory.CreateGauge("edgebox_uptime_seconds", "How long the daemon has been up.");
        var resident = factory.CreateGauge("process_resident_memory_bytes", "Resident memory of the daemon.");
        var heap = factory.CreateGauge("dotnet_gc_heap_bytes", "Memory that the garbage collector manages.");
        var processor = factory.CreateCounter("process_cpu_seconds_total", "Processor time that the daemon has used.");
        var open = factory.CreateGauge("edgebox_connections_open", "Connections past their handshake.");
        registry.AddBeforeCollectCallback(() =>
        {
            uptime.Set(time.GetElapsedTime(started).TotalSeconds);
            resident.Set(Environment.WorkingSet);
            heap.Set(GC.GetTotalMemory(forceFullCollection: false));
            processor.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds);
            open.Set(app.Services.GetRequiredService<ConnectionRegistry>().Count);
        });
        app.Services.GetRequiredService<ModelMetrics>().ReadWhenAsked(registry);
        app.MapMetrics(Route, registry).WithMetadata(new RequiredRole(Role.Operator));
    }
}
