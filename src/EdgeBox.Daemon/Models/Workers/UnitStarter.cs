using EdgeBox.Daemon.Inference;
using EdgeBox.Platform.Interop;
using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>Starts workers as units of systemd, each with its own user, sandbox and memory limit.</summary>
internal sealed partial class UnitStarter : IWorkerStarter, IAsyncDisposable
{
    private const string AllUnits = "edgebox-worker@*.service";

    private readonly UnitNumbers _numbers = new();
    private readonly Lock _lock = new();
    private readonly IServiceManager _manager;
    private readonly WorkerDoor _door;
    private readonly TimeProvider _time;
    private readonly ILogger<UnitStarter> _log;
    private Task _cleared;

    /// <summary>Begins to end what an earlier daemon left behind; nothing is started before that is done.</summary>
    public UnitStarter(IServiceManager manager, WorkerDoor door, TimeProvider time, ILogger<UnitStarter> log)
    {
        (_manager, _door, _time, _log) = (manager, door, time, log);
        _cleared = Task.Run(ClearAsync);
    }

    /// <summary>The clock that bounds all waiting.</summary>
    public TimeProvider Time => _time;

    public IWorkerProcess Start(WorkerOrder order)
    {
        if (order.Files.Any(file => !File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead)))
        {
            throw WorkerStart.Failed("A file of the model may be read by its owner alone, and a worker is a user of its own. Import the model, or let others read the file (chmod o+r).");
        }

        var instance = _numbers.Take() ?? throw WorkerStart.Failed($"{UnitNumbers.Most} workers run already, which is the most. Unload a model.");
        try
        {
            return new UnitWorker(new UnitControl(_manager, instance, _time), this, order);
        }
        catch (LinuxException refused)
        {
            _numbers.Return(instance);
            throw WorkerStart.Failed(refused.Message);
        }
    }

    /// <summary>Has the unit started and returns its main process, when that has come for its work.</summary>
    /// <exception cref="ServiceManagerException">It was not started, or ended before it came.</exception>
    public async Task<Arrival> ArriveAsync(UnitControl unit, long memoryBytes, CancellationToken cancellation)
    {
        await ClearedAsync().WaitAsync(cancellation);
        var arrival = _door.Expect(unit.Instance);
        try
        {
            await _manager.LimitMemoryAsync(unit.Name, memoryBytes, cancellation);
            await _manager.StartAsync(unit.Name, cancellation);
            while (await Task.WhenAny(arrival, Task.Delay(UnitControl.LookEvery, _time, cancellation)) != arrival)
            {
                cancellation.ThrowIfCancellationRequested();
                if (await unit.LookAsync(cancellation) is { IsOver: true } state && !arrival.IsCompleted)
                {
                    var how = state.Exit(killedByStarter: false)?.Description ?? state.Result;
                    throw new ServiceManagerException($"{unit.Name} ended before it came for its work: {how}. `journalctl -u {unit.Name}` says more.");
                }
            }

            var arrived = await arrival;
            _door.Admitted(unit.Instance);
            return arrived;
        }
        catch
        {
            _door.Forget(unit.Instance);
            throw;
        }
    }

    /// <summary>A unit is no more: its number is free. One that cannot be ended keeps it.</summary>
    public void Ended(UnitControl unit, bool isGone)
    {
        if (isGone)
        {
            _numbers.Return(unit.Instance);
        }
        else
        {
            LogNotEnded(_log, unit.Name);
        }
    }

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    private Task ClearedAsync()
    {
        lock (_lock)
        {
            return _cleared = _cleared.IsFaulted || _cleared.IsCanceled ? Task.Run(ClearAsync) : _cleared;
        }
    }

    private async Task ClearAsync()
    {
        foreach (var name in await _manager.ListAsync(AllUnits, CancellationToken.None))
        {
            var unit = UnitControl.Of(_manager, name, _time);
            LogLeftBehind(_log, name);
            if (!await unit.EndAsync())
            {
                throw new ServiceManagerException($"{name}, which an earlier daemon left behind, cannot be ended.");
            }
        }
    }

    [LoggerMessage(1043, LogLevel.Warning, "{Unit} was left behind by an earlier daemon and is ended", EventName = "WorkerLeftBehind")]
    private static partial void LogLeftBehind(ILogger logger, string unit);

    [LoggerMessage(1044, LogLevel.Error, "{Unit} cannot be ended; it is not used again", EventName = "WorkerNotEnded")]
    private static partial void LogNotEnded(ILogger logger, string unit);
}
