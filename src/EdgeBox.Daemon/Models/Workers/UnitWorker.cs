using EdgeBox.Daemon.Inference;
using EdgeBox.Platform.Files;
using EdgeBox.Platform.Processes;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>A worker that is a unit of systemd: from being asked for to being gone.</summary>
internal sealed class UnitWorker : IWorkerProcess
{
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(60);

    private readonly UnitControl _unit;
    private readonly UnitStarter _starter;
    private readonly ProcessLink _link = ProcessLink.Make();
    private readonly CancellationTokenSource _starting;
    private volatile AdoptedProcess? _process;
    private volatile bool _killed;

    /// <summary>Begins to start it.</summary>
    /// <param name="unit">The unit, which nobody else handles.</param>
    /// <param name="starter">Told when the unit is gone.</param>
    /// <param name="order">What is wanted.</param>
    public UnitWorker(UnitControl unit, UnitStarter starter, WorkerOrder order)
    {
        (_unit, _starter) = (unit, starter);
        _starting = new CancellationTokenSource(s_startPatience, starter.Time);
        // The caller may close the files before the unit has come for them.
        Exited = RunAsync(order, [.. order.Files.Select(HandleCopy.Of)]);
    }

    public int Pid => _process?.Pid ?? 0;

    public Stream Channel => _link.Channel;

    public Task<WorkerExit> Exited { get; }

    public string StderrTail => _process?.StderrTail ?? "";

    public void Kill()
    {
        _killed = true;
        if (!Exited.IsCompleted)
        {
            _starting.Cancel();
            _ = _unit.KillAsync();
        }
    }

    public WorkerSample? Sample() => WorkerSample.Of(_process?.ReadState());

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Channel.DisposeAsync();
        await Exited;
        _link.Dispose();
        _starting.Dispose();
    }

    private async Task<WorkerExit> RunAsync(WorkerOrder order, IReadOnlyList<SafeFileHandle> files)
    {
        try
        {
            using var process = await StartAsync(order, files);
            _process = process;
            await process.Ended;
            return new WorkerExit((await _unit.FindExitAsync(() => _killed))?.Description ?? "ended; systemd does not say how");
        }
        catch (OperationCanceledException)
        {
            return new WorkerExit(_killed ? "killed by its starter (SIGKILL)" : $"{_unit.Name} did not come for its work within {s_startPatience.TotalSeconds:0} seconds.", Started: false);
        }
        catch (IOException failure)
        {
            return new WorkerExit(failure.Message, Started: false);
        }
        finally
        {
            _link.CloseTheirs();
            Close(files);
            _starter.Ended(_unit, await _unit.EndAsync());
        }
    }

    private static void Close(IReadOnlyList<SafeFileHandle> files)
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private async Task<AdoptedProcess> StartAsync(WorkerOrder order, IReadOnlyList<SafeFileHandle> files)
    {
        var (socket, peer) = await _starter.ArriveAsync(_unit, order.MemoryBytes, _starting.Token);
        using (socket)
        {
            try
            {
                WorkerHandover.Send(socket, order.Program, order.Packs, _link, files);
                return AdoptedProcess.Watch(peer, _link);
            }
            catch
            {
                peer.Dispose();
                throw;
            }
            finally
            {
                _link.CloseTheirs();
                Close(files);
            }
        }
    }
}
