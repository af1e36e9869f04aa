using System.Collections.Concurrent;
using System.Security.Cryptography;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Operations;

/// <summary>The work of an operation: reports its progress, ends with what it made, and stops when it is told to.</summary>
/// <returns>What it made, e.g. an <c>edgebox.v1.Model</c>.</returns>
internal delegate Task<IMessage> OperationWork(OperationProgressSink progress, CancellationToken cancellationToken);

/// <summary>The owner of long work: written down before it begins and when it ends, so that a restart can tell what became of it.</summary>
internal sealed partial class OperationRegistry : IHostedService, IDisposable
{
    /// <summary>How many operations may be under way at once.</summary>
    public const int MostRunning = 16;

    private readonly ConcurrentDictionary<string, RunningOperation> _running = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Database _database;
    private readonly TrustedClock _clock;
    private readonly AuditLog _audit;
    private readonly FailureReporter _failures;
    private readonly TimeProvider _time;
    private readonly ILogger<OperationRegistry> _logger;

    /// <summary>Marks what the last run left unfinished as interrupted.</summary>
    public OperationRegistry(
        Database database, TrustedClock clock, AuditLog audit, FailureReporter failures, TimeProvider time, ILogger<OperationRegistry> logger)
    {
        (_database, _clock, _audit, _failures, _time, _logger) = (database, clock, audit, failures, time, logger);
        database.Write(connection =>
        {
            foreach (var (id, operation) in OperationStore.Running(connection))
            {
                OperationStore.Update(connection, id, Interrupted(operation, Timestamp.FromDateTimeOffset(clock.Now)));
                audit.Append(connection, AuditEntry.Of("operation.interrupted", "box", operation.Name, ("kind", operation.Kind), ("subject", operation.Subject)));
            }

            return true;
        });
    }

    /// <summary>Writes an operation down and begins it.</summary>
    /// <param name="kind">What is done, e.g. <c>model.load</c>.</param>
    /// <param name="subject">What it is done to, e.g. <c>models/chat</c>.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="work">The work. A <see cref="FailureException"/> from it is how it failed; anything else is a defect.</param>
    /// <returns>The operation as it stands.</returns>
    /// <exception cref="FailureException">QUEUE_FULL, SHUTTING_DOWN, STORAGE_FULL or STORAGE_FAILED; nothing was begun.</exception>
    public async Task<Operation> StartAsync(string kind, string subject, string actor, OperationWork work)
    {
        if (_stopping.IsCancellationRequested)
        {
            throw new FailureException(ErrorReason.ShuttingDown, "The box is stopping and takes no new work.");
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var operation = new Operation
        {
            Name = $"operations/{id}",
            Kind = kind,
            Subject = subject,
            Actor = actor,
            State = OperationState.Running,
            Progress = new OperationProgress(),
            CreateTime = Timestamp.FromDateTimeOffset(_clock.Now),
        };
        var running = new RunningOperation(operation, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        if (_running.Count >= MostRunning || !_running.TryAdd(id, running))
        {
            running.Dispose();
            throw new FailureException(
                ErrorReason.QueueFull, $"{MostRunning} operations are under way; wait for one to end.", ("queued", $"{MostRunning}")) { RetryAfter = TimeSpan.FromSeconds(10) };
        }

        try
        {
            await _database.WriteAsync(connection =>
            {
                OperationStore.Insert(connection, id, operation);
                return true;
            });
        }
        catch
        {
            _running.TryRemove(id, out _);
            running.Dispose();
            throw;
        }

        running.Work = Task.Run(() => RunAsync(id, running, work), CancellationToken.None);
        return running.Snapshot();
    }

    /// <summary>The operation as it stands.</summary>
    /// <exception cref="FailureException">OPERATION_NOT_FOUND.</exception>
    public Operation Get(string name)
    {
        var id = IdOf(name);
        return _running.TryGetValue(id, out var running)
            ? running.Snapshot()
            : _database.Read(connection => OperationStore.Find(connection, id)) ?? throw NotFound(name);
    }

    /// <summary>A page, newest first, each with the number that pages run by.</summary>
    public IReadOnlyList<(long Number, Operation Operation)> Page(long before, int limit) =>
        [.. _database.Read(connection => OperationStore.Page(connection, before, limit))
            .Select(row => (row.Number, _running.TryGetValue(row.Id, out var running) ? running.Snapshot() : row.Operation))];

    /// <summary>Returns when the operation has ended or <paramref name="timeout"/> is over, with the operation as it then stands.</summary>
    /// <exception cref="FailureException">OPERATION_NOT_FOUND; SHUTTING_DOWN if the box stops meanwhile.</exception>
    public async Task<Operation> WaitAsync(string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_running.TryGetValue(IdOf(name), out var running))
        {
            try
            {
                await running.Ended.Task.WaitAsync(timeout, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // As it then stands: that is the answer.
            }
        }

        return Get(name);
    }

    /// <summary>Asks an operation to stop; it may still end in another way if that is quicker.</summary>
    /// <exception cref="FailureException">OPERATION_NOT_FOUND; OPERATION_NOT_CANCELLABLE: it has ended.</exception>
    public async Task<Operation> CancelAsync(string name, string actor)
    {
        var operation = Get(name);
        if (operation.State != OperationState.Running || !_running.TryGetValue(IdOf(name), out var running))
        {
            throw new FailureException(
                ErrorReason.OperationNotCancellable, "The operation has ended.", ("operation", operation.Name), ("state", operation.State.ToString()));
        }

        await _audit.AppendAsync("operation.cancelled", actor, operation.Name, ("kind", operation.Kind), ("subject", operation.Subject));
        running.Cancel();
        return running.Snapshot();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stops all work; what has not ended by then is marked as interrupted by the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values.Select(r => r.Work)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private static Operation Interrupted(Operation operation, Timestamp? endTime = null)
    {
        operation.State = OperationState.Failed;
        operation.EndTime ??= endTime;
        operation.Error = FailureStatus.From(new FailureException(
            ErrorReason.Interrupted, "The box stopped before this was finished. Start it again.", ("operation", operation.Name)));
        return operation;
    }

    private static string IdOf(string name)
    {
        const string Prefix = "operations/";
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : throw NotFound(name);
    }

    private static FailureException NotFound(string name) => new(
        ErrorReason.OperationNotFound,
        "There is no such operation; it may have been let go, as only the last 1000 that ended are kept. Names look like operations/0123456789abcdef.",
        ("operation", name.Length > 64 ? name[..64] : name));

    private async Task RunAsync(string id, RunningOperation running, OperationWork work)
    {
        try
        {
            var made = await work(running.Progress, running.Cancelled);
            running.End(OperationState.Succeeded, _clock.Now, o => o.Response = Any.Pack(made));
        }
#pragma warning disable CA1031 // The boundary of the work: whatever escapes it is how the operation ended.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            End(running, exception);
        }

        try
        {
            await _database.WriteAsync(connection =>
            {
                OperationStore.Update(connection, id, running.Snapshot());
                return true;
            });
            _running.TryRemove(id, out _);
            running.Ended.TrySetResult();
            running.Dispose();
        }
        catch (FailureException exception)
        {
            // Kept in memory, where it can still be asked for; the next start will call it interrupted.
            running.Ended.TrySetResult();
            LogEndNotStored(running.Snapshot().Name, exception.Message);
        }
    }

    private void End(RunningOperation running, Exception exception)
    {
        if (exception is OperationCanceledException && _stopping.IsCancellationRequested)
        {
            running.End(OperationState.Failed, _clock.Now, o => Interrupted(o));
        }
        else if (exception is OperationCanceledException && running.Cancelled.IsCancellationRequested)
        {
            running.End(OperationState.Cancelled, _clock.Now, o => o.Error = FailureStatus.From(
                new FailureException(ErrorReason.Cancelled, "The operation was cancelled.")));
        }
        else
        {
            var status = exception is OperationCanceledException
                ? _failures.Defect(exception, running.Snapshot().Kind)
                : _failures.StatusOf(exception, running.Snapshot().Kind);
            var cancelled = running.Cancelled.IsCancellationRequested && status.Code == (int)StatusCode.Cancelled;
            running.End(cancelled ? OperationState.Cancelled : OperationState.Failed, _clock.Now, o => o.Error = status);
        }
    }

    [LoggerMessage(400, LogLevel.Warning, "How {Operation} ended could not be stored, ignoring: {Problem}")]
    private partial void LogEndNotStored(string operation, string problem);
}
