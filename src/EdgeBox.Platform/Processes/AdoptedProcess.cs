using EdgeBox.Platform.Sockets;

namespace EdgeBox.Platform.Processes;

/// <summary>A process that somebody else started and will reap: its output is drained, its end is seen, and it is looked at.</summary>
public sealed class AdoptedProcess : IDisposable
{
    private readonly PeerProcess _process;
    private readonly OutputTail _tail = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AdoptedProcess(PeerProcess process) => _process = process;

    /// <summary>The process id; it stays this process's own until <see cref="Ended"/> is done.</summary>
    public int Pid => _process.Pid;

    /// <summary>Done when the process has ended, and all it wrote is in the tail.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The last 8 KiB of standard output and error, as UTF-8.</summary>
    public string StderrTail => _tail.ToString();

    /// <summary>Begins to watch.</summary>
    /// <param name="process">The process; owned from here on.</param>
    /// <param name="link">What it was given; its output is owned from here on.</param>
    public static AdoptedProcess Watch(PeerProcess process, ProcessLink link)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(link);
        var adopted = new AdoptedProcess(process);
        EndWatch.Begin(process.Pid, process.Handle, link.Output, adopted._tail, () => adopted._ended.SetResult());
        return adopted;
    }

    /// <summary>What the kernel says of it now, or null when it has ended.</summary>
    public ProcessState? ReadState() => _ended.Task.IsCompleted ? null : ProcessState.Read(Pid);

    /// <summary>Lets go of it once it has ended; the process is not touched.</summary>
    public void Dispose() => _ended.Task.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);
}
