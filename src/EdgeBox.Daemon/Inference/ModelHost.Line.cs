using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The part of the host that deals with the line: who is let in, who is next, and who is told what.</summary>
internal sealed partial class ModelHost
{
    /// <summary>Up to so many waiting requests, a new one is told its place at once; among more, at the next look.</summary>
    private const int MostToldAtOnce = 1024;

    /// <summary>No version of the table: somebody has to be told yet.</summary>
    private const long NotTold = -1;

    /// <summary>A shorter back-off is waited for; during a longer one requests are refused and told when to come back.</summary>
    private static readonly TimeSpan s_worthRefusing = TimeSpan.FromSeconds(2);

    /// <summary>When to come back to a full line while nothing is known of how fast it moves, and the bounds of that advice.</summary>
    private static readonly TimeSpan s_usualRetry = TimeSpan.FromSeconds(5),
        s_leastRetry = TimeSpan.FromSeconds(1), s_mostRetry = TimeSpan.FromMinutes(1);

    private readonly ServiceTimes _serviceTimes = new();
    private bool _placeIsWanted;
    private long _toldVersion;

    /// <summary>Hands waiting requests to the worker as long as it has room.</summary>
    private void Pump()
    {
        while (_session is { Stage: SessionStage.Serving } session && _table.TakeNext() is { } job)
        {
            var now = _time.GetTimestamp();
            if (_quarantine.RefusedFor(job.Fingerprint) is var refusedFor && refusedFor > TimeSpan.Zero)
            {
                _table.RemoveRunning(job, used: 0);
                job.Fail(Quarantined(refusedFor)); // Its like killed a second worker while it waited.
            }
            else if (!session.TrySend(job.Command))
            {
                // It has stopped reading, or is dead already. This request had no part in that.
                _table.RemoveRunning(job, used: 0);
                _table.Requeue([job]);
                if (!session.HungUp)
                {
                    session.Kill();
                }

                break;
            }
            else
            {
                NoteBegun(job, now);
            }
        }
    }

    private void NoteBegun(Job job, long now)
    {
        job.BegunAt = now;
        if (job.Waited is null)
        {
            job.Waited = _time.GetElapsedTime(job.AdmittedAt, now);
            _setup.Meter?.CountWait(job.Claim.Batch, job.Waited.Value);
        }
    }

    private void NoteEnded(Job job, Wire.Event end)
    {
        _table.RemoveRunning(job, TokenCost.Used(end));
        if (end.EventCase == Wire.Event.EventOneofCase.Finished && !job.Cancelling)
        {
            _serviceTimes.Note(_time.GetElapsedTime(job.BegunAt));
        }
    }

    private void PublishCounts()
    {
        var (running, waiting, waitingBatch, paused) = (_table.Running, _table.Waiting, _table.WaitingBatch, _table.Paused);
        if ((running, waiting, waitingBatch, paused) != (Snapshot.Running, Snapshot.Waiting, Snapshot.WaitingBatch, Snapshot.Paused))
        {
            Publish(Snapshot with { Running = running, Waiting = waiting, WaitingBatch = waitingBatch, Paused = paused });
            _setup.Meter?.Show(Snapshot);
        }
    }

    /// <summary>Tells waiting clients their places: those that never were told at once, all if it is time to.</summary>
    private void TellPlaces(bool everybody)
    {
        var isDue = everybody ? _placeIsWanted || _toldVersion != _table.Version : _placeIsWanted && _table.Waiting <= MostToldAtOnce;
        if (!isDue)
        {
            return;
        }

        var allTold = true;
        var now = _time.GetTimestamp();
        var position = 0;
        foreach (var job in _table.InOrder())
        {
            position++;
            allTold &= job.TellPlace(new Place(position, _serviceTimes.Until(position, _table.Slots)), now, _time);
        }

        _placeIsWanted = false;
        _toldVersion = allTold ? _table.Version : NotTold;
    }

    private void Admit(Job job)
    {
        var refusedFor = _quarantine.RefusedFor(job.Fingerprint);
        if (_draining || Snapshot.State is ModelState.Failed or ModelState.Unloaded)
        {
            job.Fail(Snapshot.Problem ?? new FailureException(ErrorReason.ModelNotReady,
                $"{_setup.Model} is not ready ({Snapshot.State}).", ("model", _setup.Model), ("state", Snapshot.State.ToString())));
        }
        else if (refusedFor > TimeSpan.Zero)
        {
            job.Fail(Quarantined(refusedFor));
        }
        else if (BackingOffFor() is var wait && wait > s_worthRefusing)
        {
            job.Fail(new FailureException(ErrorReason.WorkerBackingOff,
                $"The worker of {_setup.Model} keeps dying ({Snapshot.LastExit}). It is started again in {Math.Ceiling(wait.TotalSeconds)} seconds.",
                ("model", _setup.Model)) { RetryAfter = wait });
        }
        else if (_table.IsFull)
        {
            job.Fail(Full("model", _table.Waiting, _setup.Options.MaxWaiting, placeIsFreeAfter: 1,
                $"{_table.Waiting} requests wait for {_setup.Model} already, as many as may."));
        }
        else if (_table.WaitingOf(job.Claim.Identity) is var own && own >= _setup.Options.MaxWaitingPerIdentity)
        {
            job.Fail(Full("identity", own, _setup.Options.MaxWaitingPerIdentity, placeIsFreeAfter: _table.Identities,
                $"{own} requests of {job.Claim.Identity} wait for {_setup.Model} already, as many as one identity's may."));
        }
        else
        {
            _table.Enqueue(job);
            _placeIsWanted = true;
        }
    }

    /// <summary>The refusal of a request for which there is no room in the line.</summary>
    private FailureException Full(string scope, int queued, int limit, int placeIsFreeAfter, string problem)
    {
        _setup.Meter?.CountRefusal(scope);
        var retry = _serviceTimes.Until(placeIsFreeAfter, _table.Slots) ?? s_usualRetry;
        retry = TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp(retry.TotalSeconds, s_leastRetry.TotalSeconds, s_mostRetry.TotalSeconds)));
        return new FailureException(ErrorReason.QueueFull,
            string.Create(CultureInfo.InvariantCulture, $"{problem} Try again in {retry.TotalSeconds:0} seconds."),
            ("queued", queued.ToString(CultureInfo.InvariantCulture)),
            ("limit", limit.ToString(CultureInfo.InvariantCulture)),
            ("scope", scope)) { RetryAfter = retry };
    }

    /// <summary>How long it is until the next worker is started; zero if one is there or on its way.</summary>
    private TimeSpan BackingOffFor() => _session is null && _restartAt is { } due && due > _time.GetTimestamp()
        ? _time.GetElapsedTime(_time.GetTimestamp(), due)
        : TimeSpan.Zero;

    private FailureException Quarantined(TimeSpan refusedFor) => new(ErrorReason.RequestQuarantined,
        $"A worker died twice while it worked on this request. It is refused for {Math.Ceiling(refusedFor.TotalMinutes)} more minutes.",
        ("model", _setup.Model)) { RetryAfter = refusedFor };

    private void GiveUp(Job job)
    {
        if (_table.RemoveWaiting(job))
        {
            job.Complete();
        }
        else if (_table.FindRunning(job.Id) == job && !job.Cancelling)
        {
            job.Cancelling = true;
            _ = _session?.TrySend(new Wire.Command { Cancel = new Wire.Cancel { Request = job.Id } });
        }
    }
}
