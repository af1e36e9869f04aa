using EdgeBox.Daemon.Failures;

namespace EdgeBox.Daemon.Models;

/// <summary>Takes models out of memory that nobody has asked for anything for as long as they were to be kept.</summary>
internal sealed class KeepAlive(ModelTable table, ModelKeeper keeper, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(0.5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var entry in table.List().Where(entry => entry.Options.KeepAlive is { } alive && table.IdleFor(entry) >= alive.ToTimeSpan()))
                {
                    await PutOutAsync(entry);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The box stops.
        }
    }

    private async Task PutOutAsync(ModelEntry entry)
    {
        try
        {
            await keeper.TryPutOutAsync(entry.Name, "not asked for");
        }
        catch (FailureException)
        {
            // That it is out could not be written down; the database says so itself.
        }
    }
}
