using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Sockets;
using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>A process that came for its work, and is what it says it is.</summary>
/// <param name="Socket">By which it is told.</param>
/// <param name="Process">The main process of the unit.</param>
internal sealed record Arrival(Socket Socket, PeerProcess Process);

/// <summary>
/// Where units of workers come for their work. Only the main process of a unit that was just asked for is let in: the kernel says who connected,
/// systemd says whose main process that is.
/// </summary>
internal sealed partial class WorkerDoor : IAsyncDisposable
{
    /// <summary>The name of the socket that systemd hands in (FileDescriptorName=).</summary>
    public const string SocketName = "workers";

    /// <summary>The longest name of an instance, in bytes.</summary>
    public const int LongestName = 32;

    private const int MostAtOnce = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Arrival>> _expected = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listening;
    private readonly IServiceManager _manager;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkerDoor> _log;
    private readonly Task _accepting;

    /// <summary>Opens the door.</summary>
    /// <param name="listening">A listening Unix socket that keeps messages apart; owned from here on.</param>
    /// <param name="manager">Says whose main process somebody is.</param>
    /// <param name="time">Bounds how long somebody may say nothing.</param>
    /// <param name="log">Told of who was refused.</param>
    public WorkerDoor(Socket listening, IServiceManager manager, TimeProvider time, ILogger<WorkerDoor> log)
    {
        (_listening, _manager, _time, _log) = (listening, manager, time, log);
        _accepting = Task.Run(AcceptAllAsync);
    }

    /// <summary>The unit with this instance.</summary>
    public static string UnitOf(string instance) => $"edgebox-worker@{instance}.service";

    /// <summary>Waits for the main process of a unit that is about to be started; nobody else may wait for the same.</summary>
    public Task<Arrival> Expect(string instance) =>
        _expected.GetOrAdd(instance, _ => new TaskCompletionSource<Arrival>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Who was waited for has come.</summary>
    public void Admitted(string instance) => _expected.TryRemove(instance, out _);

    /// <summary>Waits no longer; who comes now is refused.</summary>
    public void Forget(string instance)
    {
        if (_expected.TryRemove(instance, out var waiting) && !waiting.TrySetCanceled() && waiting.Task.IsCompletedSuccessfully)
        {
            Close(waiting.Task.Result);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listening.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private static void Close(Arrival arrival)
    {
        arrival.Socket.Dispose();
        arrival.Process.Dispose();
    }

    private static async Task<string> ReadNameAsync(Socket socket, CancellationToken cancellation)
    {
        var buffer = new byte[LongestName + 1];
        var count = await socket.ReceiveAsync(buffer, cancellation);
        return count is > 0 and <= LongestName ? Encoding.UTF8.GetString(buffer, 0, count) : "";
    }

    private async Task AcceptAllAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_stopping.Token);
                var socket = await _listening.AcceptAsync(_stopping.Token);
                _ = AdmitAsync(socket);
            }
            catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException broken)
            {
                // Whoever connected has gone again, or there are no descriptors left for the moment.
                _places.Release();
                LogNotAccepted(_log, broken.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time);
            }
        }
    }

    private async Task AdmitAsync(Socket socket)
    {
        PeerProcess? process = null;
        var refused = "it said nothing";
        try
        {
            using var limit = new CancellationTokenSource(s_patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
            var instance = await ReadNameAsync(socket, either.Token);
            process = PeerProcess.Of(socket);
            refused = await RefusalAsync(instance, process, either.Token);
            if (refused.Length == 0 && _expected.TryGetValue(instance, out var waiting) && waiting.TrySetResult(new Arrival(socket, process)))
            {
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            refused = failure is OperationCanceledException ? refused : failure.Message;
        }
        finally
        {
            _places.Release();
        }

        socket.Dispose();
        LogRefused(_log, process?.Pid ?? 0, refused);
        process?.Dispose();
    }

    /// <summary>Why the process is not let in; empty if it is.</summary>
    private async Task<string> RefusalAsync(string instance, PeerProcess process, CancellationToken cancellation)
    {
        if (!_expected.TryGetValue(instance, out var waiting) || waiting.Task.IsCompleted)
        {
            return "no unit of that name was asked for";
        }

        // As long as it lives, its id is its own: that it lives after systemd has answered makes the answer one about it.
        var state = await _manager.LookAsync(UnitOf(instance), cancellation);
        return state.MainPid == process.Pid && process.IsAlive ? "" : $"it is not the main process of {UnitOf(instance)}";
    }

    [LoggerMessage(1041, LogLevel.Warning, "Process {Pid} came for a worker's work and was refused: {Problem}", EventName = "WorkerRefused")]
    private static partial void LogRefused(ILogger logger, int pid, string problem);

    [LoggerMessage(1042, LogLevel.Warning, "A worker's connection was not accepted: {Problem}", EventName = "WorkerNotAccepted")]
    private static partial void LogNotAccepted(ILogger logger, string problem);
}
