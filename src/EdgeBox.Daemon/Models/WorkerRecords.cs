using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Planning;

namespace EdgeBox.Daemon.Models;

/// <summary>What is counted and written down of those who serve models.</summary>
internal sealed class WorkerRecords(AuditLog audit, InferenceMetrics metrics)
{
    /// <summary>Counts what happens in the line of a model.</summary>
    public QueueMeter QueueOf(string model) => metrics.QueueOf(model);

    /// <summary>A worker that served died.</summary>
    public void NoteDeath(string model, WorkerExit exit, int pid)
    {
        metrics.CountDeath(model);
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [("exit", exit.Words), ("pid", pid.ToString(CultureInfo.InvariantCulture))]));
    }

    /// <summary>A worker that was asked what a model takes died.</summary>
    public void NotePlanning(string model, FailureException died) =>
        audit.Refused(AuditEntry.Of("worker.died", "box", model, [died.Facts.First(fact => fact.Key == DryRun.ExitFact)]));
}
