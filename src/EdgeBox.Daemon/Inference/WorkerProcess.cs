using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon.Inference;

/// <summary>How a worker ended.</summary>
/// <param name="Words">E.g. "killed by SIGKILL", "exited with code 3".</param>
/// <param name="Started">False if there never was a process that could be told anything; the words then say why.</param>
internal sealed record WorkerExit(string Words, bool Started = true);

/// <summary>A look at a worker's process.</summary>
/// <param name="State">State letter of /proc/PID/stat.</param>
/// <param name="ProcessorTime">Processor time used so far.</param>
/// <param name="ResidentBytes">Main memory held.</param>
internal sealed record WorkerSample(char State, TimeSpan ProcessorTime, ulong ResidentBytes)
{
    /// <summary>As the kernel told it; null if it is gone.</summary>
    public static WorkerSample? Of(ProcessState? state) =>
        state is null ? null : new WorkerSample(state.State, state.ProcessorTime, (ulong)state.ResidentBytes);
}

/// <summary>The process behind a worker: what the supervisor needs of it.</summary>
internal interface IWorkerProcess : IAsyncDisposable
{
    /// <summary>Process id; 0 until there is one.</summary>
    int Pid { get; }

    /// <summary>The daemon's end of the worker's only socket.</summary>
    Stream Channel { get; }

    /// <summary>Completes when the process has ended and was reaped.</summary>
    Task<WorkerExit> Exited { get; }

    /// <summary>The last 8 KiB that it wrote to standard error.</summary>
    string StderrTail { get; }

    /// <summary>Sends SIGKILL.</summary>
    void Kill();

    /// <summary>Looks at the process; null if it is gone.</summary>
    WorkerSample? Sample();
}
