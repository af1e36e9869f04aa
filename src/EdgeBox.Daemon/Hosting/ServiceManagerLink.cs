using EdgeBox.Platform.Systemd;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Tells systemd how the daemon fares, and keeps its watchdog quiet for as long as the daemon really lives.</summary>
internal sealed partial class ServiceManagerLink(
    ServiceNotifier notifier,
    LivenessMonitor liveness,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> host,
    TimeProvider time,
    ILogger<ServiceManagerLink> logger)
    : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => notifier.Ready());
        lifetime.ApplicationStopping.Register(Stop);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (notifier.WatchdogTimeout is not { } watchdog)
        {
            return;
        }

        // Twice before the time is up; each probe may take until the next one is due.
        var interval = watchdog / 2;
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            if (await liveness.FindHangAsync(interval, stoppingToken) is { } hang)
            {
                LogHang(hang);
            }
            else
            {
                notifier.KeepAlive();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Stop()
    {
        notifier.Stopping();
        notifier.ExtendTimeout(host.Value.ShutdownTimeout); // The drain time is a setting, and the unit's time to stop is not.
    }

    [LoggerMessage(120, LogLevel.Critical, "The watchdog is not told that the daemon lives: {Hang}")]
    private partial void LogHang(string hang);
}
