using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The part of the host that deals with its worker: start, listen, look, bury, start again.</summary>
internal sealed partial class ModelHost
{
    private const uint ProtocolVersion = 1;

    private const int MaxLogCharacters = 4096;

    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(5);

    private void StartWorker()
    {
        if (_session is not null || Snapshot.State == ModelState.Failed)
        {
            return;
        }

        _restartAt = null;
        if (_setup.FindChange() is { } change)
        {
            FailModel(change);
            return;
        }

        try
        {
            _startedAt = _time.GetTimestamp();
            var process = _setup.Launch();
            var session = new WorkerSession(
                process,
                new ProgressWatch(_time, _setup.Options.Patience),
                (from, events) => _mailbox.Writer.WriteAsync(new HostMessage.Said(from, events)),
                _time);
            _session = session;
            _ = AnnounceExitAsync(session);
            Publish(Snapshot with { Session = session, LoadFraction = 0 });
        }
        catch (FailureException failure)
        {
            NotStarted(failure);
        }
    }

    private async Task AnnounceExitAsync(WorkerSession session)
    {
        var exit = await session.Exited;
        // Its last words may still be in the socket; whoever else may hold the other end is not waited for.
        await Task.WhenAny(session.Heard, Task.Delay(s_lastWords, _time));
        try
        {
            await _mailbox.Writer.WriteAsync(new HostMessage.Exited(session, exit));
        }
        catch (ChannelClosedException)
        {
            // The host is stopping and reaps it itself.
        }
    }

    private void Hear(WorkerSession session, Wire.Event said)
    {
        switch (said.EventCase)
        {
            case Wire.Event.EventOneofCase.Hello when session.Stage == SessionStage.Greeting && said.Hello.Protocol == ProtocolVersion:
                session.Hello = said.Hello;
                LogWorkerStarted(_log, _setup.Model, session.Pid);
                session.Stage = SessionStage.Loading;
                session.TrySend(new Wire.Command { Load = _setup.Load });
                break;
            case Wire.Event.EventOneofCase.LoadProgress when session.Stage == SessionStage.Loading:
                session.NoteLoading(said.LoadProgress.Fraction);
                Publish(Snapshot with { LoadFraction = Math.Clamp(said.LoadProgress.Fraction, 0, 1) });
                break;
            case Wire.Event.EventOneofCase.Loaded when session.Stage == SessionStage.Loading:
                BecomeReady(session, said.Loaded);
                break;
            case Wire.Event.EventOneofCase.LoadFailed when session.Stage is SessionStage.Loading or SessionStage.Greeting:
                session.LoadFailed = said.LoadFailed;
                session.Stage = SessionStage.Failed;
                break;
            case Wire.Event.EventOneofCase.Heartbeat:
                session.NoteHeartbeat(said.Heartbeat);
                break;
            case Wire.Event.EventOneofCase.LogLine:
                LogEngineLine(_log, LevelOf(said.LogLine.Level), _setup.Model, Plausible.OneLine(said.LogLine.Text, MaxLogCharacters));
                break;
            default:
                if (!HearOfRequest(said))
                {
                    LogContractBroken(_log, _setup.Model, said.EventCase);
                    session.Kill();
                }

                break;
        }
    }

    private void BecomeReady(WorkerSession session, Wire.Loaded loaded)
    {
        if (_setup.FindChange() is { } change)
        {
            FailModel(change);
            session.Kill();
            return;
        }

        session.Loaded = loaded;
        session.Stage = SessionStage.Serving;
        _table.Slots = (int)Math.Clamp(loaded.Slots, 1, Math.Max(1, _setup.Load.Slots));
        var took = _time.GetElapsedTime(_startedAt);
        Publish(Snapshot with
        {
            State = _draining ? ModelState.Draining : ModelState.Ready,
            Loaded = loaded,
            ReadyAt = _time.GetUtcNow(),
            LoadTook = took,
            LoadFraction = 1,
            Problem = null,
        });
        LogReady(_log, _setup.Model, session.Hello?.Pack ?? "", (long)took.TotalMilliseconds);
        _ready.TrySetResult();
    }

    private void Look()
    {
        if (_session is not { } session)
        {
            if (_restartAt is { } due && due <= _time.GetTimestamp())
            {
                StartWorker();
            }

            return;
        }

        var wasStuck = session.Stuck;
        switch (session.Look(_table.HasWork))
        {
            case Liveness.Hung:
                LogHung(_log, _setup.Model, session.Pid);
                session.Kill();
                break;
            case Liveness.Stuck when Snapshot.Problem is null:
                LogStuck(_log, _setup.Model, session.Pid);
                Publish(Snapshot with
                {
                    Problem = new FailureException(ErrorReason.ModelNotReady,
                        $"The worker of {_setup.Model} (process {session.Pid}) is stuck in the kernel. The GPU or the disk needs a reset, or the box a reboot.",
                        ("model", _setup.Model)),
                });
                break;
            case Liveness.Alive when wasStuck:
                Publish(Snapshot with { Problem = null });
                break;
            default:
                break;
        }
    }

    /// <summary>A worker ended: keeps the evidence, judges what was in flight, and plans the next worker.</summary>
    private void Bury(WorkerSession session, WorkerExit exit)
    {
        var stderr = session.StderrTail;
        EndSession();
        Publish(Snapshot with { LastExit = exit.Words, LastStderr = stderr, Session = null });
        if (Snapshot.State == ModelState.Failed)
        {
            return;
        }

        if (Snapshot.ReadyAt is null && _setup.FindChange() is { } change)
        {
            FailModel(change); // No wonder that it could not be loaded.
            return;
        }

        if (session.LoadFailed is { } failed)
        {
            // A file that was changed under the engine explains whatever the engine made of it.
            NotStarted(_setup.FindChange() ?? new FailureException(
                failed.Stage == "pack" ? ErrorReason.RuntimePackInvalid : ErrorReason.ModelLoadFailed,
                $"The engine refused {_setup.Model}: {failed.Detail}",
                ("model", _setup.Model), ("path", _setup.Path), ("problem", failed.Detail), ("detail", failed.Detail)));
            return;
        }

        if (!exit.Started)
        {
            NotStarted(WorkerStart.Failed(exit.Words));
            return;
        }

        LogDied(_log, _setup.Model, session.Pid, exit.Words, session.BrokenLink);
        _setup.OnDeath(exit, session.Pid);
        if (Snapshot.ReadyAt is null)
        {
            _setup.Deaths?.Note(exit.Words, stderr, []);
            FailModel(_setup.FindChange() ?? TooManyDeaths() ?? new FailureException(ErrorReason.WorkerStartFailed,
                $"The worker of {_setup.Model} ended before the model was ready: {exit.Words}.",
                ("model", _setup.Model), ("problem", exit.Words)));
            return;
        }

        JudgeInFlight(exit, stderr);
        if (TooManyDeaths() is { } evidence)
        {
            FailModel(evidence);
            return;
        }

        Publish(Snapshot with { Restarts = Snapshot.Restarts + 1 });
        PlanRestart(problem: null);
    }

    private FailureException? TooManyDeaths() => _setup.Deaths is { TooMany: true } deaths ? deaths.Evidence(_setup.Model) : null;

    /// <summary>No worker could be brought up. A model that never was ready fails; one that was is tried again: memory may be short for a moment.</summary>
    private void NotStarted(FailureException problem)
    {
        if (Snapshot.ReadyAt is null)
        {
            FailModel(problem);
            return;
        }

        LogNotStarted(_log, _setup.Model, problem.Message);
        PlanRestart(problem);
    }

    private void PlanRestart(FailureException? problem)
    {
        var wait = _backOff.Next();
        _restartAt = _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
        Publish(Snapshot with { State = _draining ? ModelState.Draining : ModelState.Restarting, Problem = problem });
        _restarting?.Dispose();
        _restarting = _time.CreateTimer(_ => Post(new HostMessage.Restart()), null, wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What had produced nothing is tried once more; what had is lost; what was at two deaths is refused.</summary>
    private void JudgeInFlight(WorkerExit exit, string stderr)
    {
        var again = new List<Job>();
        var inFlight = _table.TakeRunning();
        // One death counts once, however many of the same were in flight, and whether or not the client still waits.
        var seen = inFlight.Select(job => job.Fingerprint).Distinct().ToDictionary(like => like, _quarantine.Note);
        _setup.Deaths?.Note(exit.Words, stderr, seen.Keys);
        foreach (var (killer, _) in seen.Where(pair => pair.Value >= Quarantine.MaxDeaths))
        {
            _setup.Deaths?.Blame(killer);
        }

        foreach (var job in inFlight)
        {
            if (job.Cancelling)
            {
                job.Complete();
                continue;
            }

            job.Deaths++;
            if (job.Produced)
            {
                job.Fail(ErrorReason.WorkerLost,
                    $"The worker of {_setup.Model} ended while it made this answer ({exit.Words}). What was sent so far stands; ask again.",
                    ("model", _setup.Model), ("exit", exit.Words));
            }
            else if (seen[job.Fingerprint] >= Quarantine.MaxDeaths)
            {
                job.Fail(Quarantined(Quarantine.Term));
            }
            else
            {
                again.Add(job);
            }
        }

        _table.Requeue(again);
    }

    private void EndSession()
    {
        if (_session is { } session)
        {
            _session = null;
            _table.Slots = 0;
            _ending.RemoveAll(task => task.IsCompleted);
            session.Kill();
            _ending.Add(session.DisposeAsync().AsTask());
        }
    }

    private static LogLevel LevelOf(uint level) => level switch
    {
        1 => LogLevel.Debug,
        2 => LogLevel.Debug, // The engine's "info" is a page for each load.
        3 => LogLevel.Information,
        _ => LogLevel.Warning,
    };

    [LoggerMessage(1101, LogLevel.Information, "Worker {Pid} of {Model} started", EventName = "WorkerStarted")]
    private static partial void LogWorkerStarted(ILogger logger, string model, int pid);

    [LoggerMessage(1102, LogLevel.Information, "{Model} is ready on {Pack} after {Milliseconds} ms", EventName = "ModelReady")]
    private static partial void LogReady(ILogger logger, string model, string pack, long milliseconds);

    [LoggerMessage(1103, LogLevel.Warning, "Worker {Pid} of {Model} died: {Exit}", EventName = "WorkerDied")]
    private static partial void LogDied(ILogger logger, string model, int pid, string exit, Exception? link);

    [LoggerMessage(1104, LogLevel.Warning, "Worker {Pid} of {Model} has work and makes no progress; it is killed", EventName = "WorkerHung")]
    private static partial void LogHung(ILogger logger, string model, int pid);

    [LoggerMessage(1105, LogLevel.Warning, "Worker {Pid} of {Model} is stuck in the kernel (state D)", EventName = "WorkerStuck")]
    private static partial void LogStuck(ILogger logger, string model, int pid);

    [LoggerMessage(1106, LogLevel.Warning, "The worker of {Model} broke the contract with {Event}; it is killed", EventName = "ContractBroken")]
    private static partial void LogContractBroken(ILogger logger, string model, Wire.Event.EventOneofCase @event);

    [LoggerMessage(1108, LogLevel.Warning, "No worker of {Model} could be started, trying again: {Problem}", EventName = "WorkerNotStarted")]
    private static partial void LogNotStarted(ILogger logger, string model, string problem);

    [LoggerMessage(EventId = 1107, Message = "{Model} engine: {Line}", EventName = "EngineLine")]
    private static partial void LogEngineLine(ILogger logger, LogLevel level, string model, string line);
}
