using EdgeBox.Platform.Processes;
using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>One unit of a worker, as the daemon handles it.</summary>
internal sealed class UnitControl
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly IServiceManager _manager;
    private readonly TimeProvider _time;

    public UnitControl(IServiceManager manager, string instance, TimeProvider time)
    {
        (_manager, _time) = (manager, time);
        (Instance, Name) = (instance, WorkerDoor.UnitOf(instance));
    }

    /// <summary>How often a unit is looked at that is about to change.</summary>
    public static TimeSpan LookEvery => TimeSpan.FromMilliseconds(100);

    /// <summary>What stands between the @ and the suffix of its name.</summary>
    public string Instance { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The control of a unit by its name.</summary>
    public static UnitControl Of(IServiceManager manager, string name, TimeProvider time) =>
        new(manager, name[(name.IndexOf('@', StringComparison.Ordinal) + 1)..name.LastIndexOf('.')], time);

    /// <summary>What systemd says of it.</summary>
    public Task<UnitState> LookAsync(CancellationToken cancellation) => _manager.LookAsync(Name, cancellation);

    /// <summary>Kills everything in it; what cannot be done now, the end of the channel and systemd will do.</summary>
    public async Task KillAsync()
    {
        try
        {
            await _manager.KillAsync(Name, CancellationToken.None);
        }
        catch (ServiceManagerException)
        {
            // A worker ends when its channel does, and its unit when the daemon's does.
        }
    }

    /// <summary>How its main process ended, which was seen to have ended; null if systemd does not say so in time.</summary>
    public async Task<ProcessExit?> FindExitAsync(Func<bool> killed)
    {
        try
        {
            var state = await UntilAsync(state => state.ExitKind != 0 || state.IsOver);
            return state?.Exit(killed());
        }
        catch (ServiceManagerException)
        {
            return null;
        }
    }

    /// <summary>Ends whatever is left of it and has systemd forget how it ended; false if it stays.</summary>
    public async Task<bool> EndAsync()
    {
        try
        {
            if (await LookAsync(CancellationToken.None) is { IsOver: false })
            {
                await _manager.KillAsync(Name, CancellationToken.None);
                await _manager.StopAsync(Name, CancellationToken.None);
            }

            if (await UntilAsync(state => state.IsOver) is not { } over)
            {
                return false;
            }

            if (over.Active == "failed")
            {
                await _manager.ForgetAsync(Name, CancellationToken.None);
            }

            return true;
        }
        catch (ServiceManagerException)
        {
            return false;
        }
    }

    private async Task<UnitState?> UntilAsync(Func<UnitState, bool> isSo)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            var state = await LookAsync(CancellationToken.None);
            if (isSo(state))
            {
                return state;
            }

            if (_time.GetElapsedTime(since) > s_patience)
            {
                return null;
            }

            await Task.Delay(LookEvery, _time);
        }
    }
}
