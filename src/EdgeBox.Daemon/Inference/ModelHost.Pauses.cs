using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The part of the host that deals with clients that do not read: their answers stand still, and are given up in the end.</summary>
internal sealed partial class ModelHost
{
    /// <summary>How long a client may leave its answer unread.</summary>
    public static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long it may while others wait for the slot.</summary>
    public static readonly TimeSpan ReadPatienceOfOthers = TimeSpan.FromSeconds(5);

    private void StandStillIfBehind(Job job)
    {
        var now = _time.GetTimestamp();
        if (job.PausedAt is null && !job.Cancelling && job.Events.IsBehind && _table.FindRunning(job.Id) == job && SendPause(job, paused: true))
        {
            job.PausedAt = now;
            job.Events.WhenCaughtUp(() => Post(new HostMessage.CaughtUp(job)));
        }
    }

    private void GoOn(Job job)
    {
        if (job.PausedAt is not null && !job.Cancelling && job.Events.HasCaughtUp && _table.FindRunning(job.Id) == job && SendPause(job, paused: false))
        {
            job.PausedAt = null;
        }
    }

    private bool SendPause(Job job, bool paused) =>
        _session?.TrySend(new Wire.Command { Pause = new Wire.Pause { Request = job.Id, Paused = paused } }) ?? false;

    /// <summary>Gives up answers that stand still for too long. Also finds those whose message was lost.</summary>
    private void LookAtPaused()
    {
        foreach (var job in _table.InFlight.Where(job => job.PausedAt is not null && !job.Cancelling).ToList())
        {
            GoOn(job);
            var patience = _table.IsHeldUp || _draining ? ReadPatienceOfOthers : ReadPatience;
            if (job.PausedAt is { } since && _time.GetElapsedTime(since) >= patience)
            {
                Drop(job, $"The answer was given up: it stood still for {patience.TotalSeconds} seconds because it was not read"
                    + (patience < ReadPatience ? ", and others waited." : "."));
            }
        }
    }

    private void Drop(Job job, string why)
    {
        job.Fail(ErrorReason.ClientTooSlow, why);
        GiveUp(job);
    }
}
