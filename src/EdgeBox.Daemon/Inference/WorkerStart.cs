using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>What is said of a worker that could not be started, however that was tried.</summary>
internal static class WorkerStart
{
    /// <summary>WORKER_START_FAILED.</summary>
    public static FailureException Failed(string problem) =>
        new(ErrorReason.WorkerStartFailed, $"No worker could be started: {problem}", ("problem", problem));
}
