using System.Collections.Concurrent;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Knows whether the daemon really lives: its loops turn, its thread pool runs, its database can be written.</summary>
/// <remarks>A full or failing disk is a problem and no hang: a restart would not heal it, so it does not count here.</remarks>
internal sealed class LivenessMonitor(Database database, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Loop> _loops = [];

    /// <summary>Says that the loop <paramref name="name"/> has just turned and will again within <paramref name="limit"/>.</summary>
    public void Beat(string name, TimeSpan limit) => _loops[name] = new Loop(time.GetTimestamp(), limit);

    /// <summary>Says that the loop has ended as it should.</summary>
    public void Forget(string name) => _loops.TryRemove(name, out _);

    /// <summary>What is stuck, in words; null if nothing is.</summary>
    /// <param name="timeout">How long the database and the thread pool may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string?> FindHangAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (var (name, loop) in _loops)
        {
            if (time.GetElapsedTime(loop.Turned) > loop.Limit)
            {
                return $"the loop '{name}' has not turned for {time.GetElapsedTime(loop.Turned).TotalSeconds:F0} s";
            }
        }

        try
        {
            await Task.Run(() => database.ProbeAsync(cancellationToken), cancellationToken).WaitAsync(timeout, time, cancellationToken);
            return null;
        }
        catch (TimeoutException)
        {
            return $"the thread pool or the database did not answer within {timeout.TotalSeconds:F0} s";
        }
        catch (FailureException)
        {
            return null;
        }
    }

    private sealed record Loop(long Turned, TimeSpan Limit);
}
