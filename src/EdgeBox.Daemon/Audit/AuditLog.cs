using System.Globalization;
using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Audit;

/// <summary>
/// The owner of the audit chain. Acts are recorded in the transaction that does them; refusals go through a bounded queue and a
/// <see cref="RefusalCoalescer"/>, so that refusing stays cheap and a flood of it cannot fill the disk.
/// </summary>
/// <remarks>
/// What the chain proves: a record that was changed, removed or put in is noticed, and so is a database that was cut short or put
/// back from an older copy, because the head file remembers a later record. What it does not prove: somebody who can write as the
/// daemon's user can compute a whole new chain and a new head file. Against that, the head hash has to be written down outside the box.
/// The head file may lag behind by what was committed in the last moment before a power cut; that is no fault.
/// </remarks>
internal sealed partial class AuditLog(
    Database database, TrustedClock clock, AuditHeadFile headFile, ApplianceHealth health, TimeProvider time, ILogger<AuditLog> logger)
    : BackgroundService
{
    private const int QueueLength = 256;

    private readonly RefusalCoalescer _coalescer = new(time);

    private readonly Channel<Step> _steps = Channel.CreateBounded<Step>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _unqueued;
    private AuditHead? _remembered;

    // Once the chain and the head file disagree, the file is what shows it: it is left alone.
    private bool _headFileIsEvidence;

    /// <summary>Records an act inside the transaction that does it: both are on the disk, or neither.</summary>
    public void Append(SqliteConnection connection, AuditEntry entry) => AuditChain.Append(connection, clock.Commit(connection), entry);

    /// <summary>Records something that has happened, in a transaction of its own; it is on the disk when this returns.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED.</exception>
    public async Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken = default)
    {
        await database.WriteAsync(
            connection =>
            {
                Append(connection, entry);
                return true;
            },
            cancellationToken);
        Remember();
    }

    /// <summary>As <see cref="AppendAsync(AuditEntry, CancellationToken)"/>.</summary>
    /// <param name="event">What, e.g. <c>worker.died</c>.</param>
    /// <param name="actor">Who; <c>box</c> for what the box does by itself.</param>
    /// <param name="subject">To what.</param>
    /// <param name="facts">Facts, never contents.</param>
    public Task AppendAsync(string @event, string actor, string subject, params IEnumerable<(string Key, string Value)> facts) =>
        AppendAsync(AuditEntry.Of(@event, actor, subject, facts));

    /// <summary>Records a refusal soon, alone or counted with its like. Never waits and never fails.</summary>
    public void Refused(AuditEntry refusal)
    {
        if (!_steps.Writer.TryWrite(new Step(refusal, null)))
        {
            // Faster than the disk: only their number is kept.
            Interlocked.Increment(ref _unqueued);
        }
    }

    /// <summary>Brings the head file up to date soon; called after a transaction that used <see cref="Append(SqliteConnection, AuditEntry)"/>.</summary>
    public void Remember()
    {
        health.Clear(nameof(AuditLog)); // What was just recorded shows that recording works again.
        _steps.Writer.TryWrite(new Step(null, null));
    }

    /// <summary>Returns when every refusal before this call is in the chain and the head file is up to date.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _steps.Writer.WriteAsync(new Step(null, done), cancellationToken);
        await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>At most <paramref name="limit"/> records before <paramref name="before"/>, newest first.</summary>
    public IReadOnlyList<AuditLink> Page(long before, string @event, int limit) =>
        database.Read(connection => AuditChain.Page(connection, before, @event, limit));

    /// <summary>Recomputes the whole chain and compares its end with the head file.</summary>
    public AuditVerdict Verify()
    {
        // Read before the chain is, so that it cannot be ahead of what the chain's snapshot holds.
        var witness = headFile.Read();
        var verdict = database.Read(connection => AuditChain.Verify(connection, witness ?? AuditHead.None));
        return verdict.Intact && witness is null
            ? verdict with { BrokenSequence = verdict.Records + 1, Problem = "the head file is missing or unreadable" }
            : verdict;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var head = database.Read(AuditChain.Head);
        var witness = headFile.Read();
        _headFileIsEvidence = witness is null
            ? head.Sequence > 0
            : !database.Read(connection => AuditChain.Holds(connection, witness));
        if (_headFileIsEvidence)
        {
            health.Report(nameof(AuditHeadFile), HealthProblem.Degraded("The audit log does not end where it did: run an audit verification."));
            LogEndDiffers(head.Sequence, witness?.Sequence ?? 0);
        }
        else
        {
            headFile.Write(head);
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
        Write(_coalescer.Tell(ending: true));
        RememberNow();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = time.CreateTimer(_ => Remember(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        while (await _steps.Reader.WaitToReadAsync(stoppingToken))
        {
            Drain();
        }
    }

    private void Drain()
    {
        var waiting = new List<TaskCompletionSource>();
        var refusals = new List<AuditEntry>();
        while (refusals.Count < QueueLength && _steps.Reader.TryRead(out var step))
        {
            if (step.Refusal is { } refusal && _coalescer.Admit(refusal))
            {
                refusals.Add(refusal);
            }

            if (step.Done is { } done)
            {
                waiting.Add(done);
            }
        }

        if (Interlocked.Exchange(ref _unqueued, 0) is > 0 and var unqueued)
        {
            refusals.Add(AuditEntry.Of("refusals.unqueued", "anyone", string.Empty, ("count", unqueued.ToString(CultureInfo.InvariantCulture))));
        }

        refusals.AddRange(_coalescer.Tell());
        Write(refusals);
        RememberNow();
        waiting.ForEach(done => done.TrySetResult());
    }

    private void Write(IReadOnlyList<AuditEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        try
        {
            database.Write(connection =>
            {
                foreach (var entry in entries)
                {
                    Append(connection, entry);
                }

                return true;
            });
            health.Clear(nameof(AuditLog));
        }
        catch (FailureException exception)
        {
            // A refusal stands whether or not it could be recorded; that it could not is itself told.
            health.Report(nameof(AuditLog), HealthProblem.Degraded($"Refusals cannot be recorded: {exception.Message}"));
            LogRefusalsLost(entries.Count, exception.Message);
        }
    }

    private void RememberNow()
    {
        if (_headFileIsEvidence)
        {
            return;
        }

        try
        {
            var head = database.Read(AuditChain.Head);
            if (head != _remembered)
            {
                headFile.Write(head);
                _remembered = head;
            }
        }
        catch (FailureException exception)
        {
            LogHeadNotKept(exception.Message);
        }
    }

    [LoggerMessage(300, LogLevel.Warning, "{Count} refusals could not be recorded, ignoring: {Problem}")]
    private partial void LogRefusalsLost(int count, string problem);

    [LoggerMessage(301, LogLevel.Warning, "The audit log ends at record {Sequence}; the head file remembers record {Witness}, which is not in it")]
    private partial void LogEndDiffers(long sequence, long witness);

    [LoggerMessage(302, LogLevel.Warning, "The audit log's head file could not be written, ignoring: {Problem}")]
    private partial void LogHeadNotKept(string problem);

    /// <summary>One thing to do: record a refusal, answer who waits, or only bring the head file up to date.</summary>
    private sealed record Step(AuditEntry? Refusal, TaskCompletionSource? Done);
}
