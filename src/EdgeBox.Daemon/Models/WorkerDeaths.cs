using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Planning;

namespace EdgeBox.Daemon.Models;

/// <summary>Writes down that a worker died.</summary>
internal sealed class WorkerDeaths(AuditLog audit, InferenceMetrics metrics)
{
    /// <summary>One that served.</summary>
    public void Note(string model, WorkerExit exit, int pid)
    {
        metrics.CountDeath(model);
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [("exit", exit.Words), ("pid", pid.ToString(CultureInfo.InvariantCulture))]));
    }

    /// <summary>One that was asked what a model takes.</summary>
    public void NotePlanning(string model, FailureException died) =>
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [died.Facts.First(fact => fact.Key == DryRun.ExitFact)]));
}
