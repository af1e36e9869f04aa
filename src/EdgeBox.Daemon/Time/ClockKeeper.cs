using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;

namespace EdgeBox.Daemon.Time;

/// <summary>Stores the clock's floor every ten minutes and at the stop, and says so when the machine's clock cannot be right.</summary>
internal sealed partial class ClockKeeper(TrustedClock clock, ApplianceHealth health, TimeProvider time, ILogger<ClockKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(10);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await KeepAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Report();
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await KeepAsync(stoppingToken);
            Report();
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await clock.CommitAsync(cancellationToken);
        }
        catch (FailureException exception)
        {
            LogFloorNotStored(exception.Message);
        }
    }

    private void Report()
    {
        var now = clock.Now;
        if (clock.MachineClockIsBelieved)
        {
            health.Clear(nameof(TrustedClock));
            return;
        }

        health.Report(nameof(TrustedClock), HealthProblem.Degraded(
            $"The machine's clock says {time.GetUtcNow():yyyy-MM-dd HH:mm} UTC, which cannot be; the box goes by {now:yyyy-MM-dd HH:mm} UTC. Set the clock."));
        LogClockDoubted(time.GetUtcNow(), now);
    }

    [LoggerMessage(130, LogLevel.Warning, "The clock's floor could not be stored, ignoring: {Problem}")]
    private partial void LogFloorNotStored(string problem);

    [LoggerMessage(131, LogLevel.Warning, "The machine's clock says {Wall:u}, which cannot be; going by {Trusted:u}")]
    private partial void LogClockDoubted(DateTimeOffset wall, DateTimeOffset trusted);
}
