using System.Globalization;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>
/// Watches one child: sets its limits, and reaps it when it has ended.
/// </summary>
internal sealed unsafe class ProcessWatch : IDisposable
{
    private const int HighestOutOfMemoryScore = 1000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OutputTail _tail = new();
    private readonly OutOfMemoryCounter _outOfMemory;
    private readonly SafeDescriptor _process;
    private bool _killed;
    private bool _reaped;

    private ProcessWatch(int pid, SafeDescriptor process)
    {
        Pid = pid;
        _process = process;
        _outOfMemory = OutOfMemoryCounter.OfProcess(pid);
    }

    public int Pid { get; }

    public Task<ProcessExit> Exited => _exited.Task;

    public string Tail => _tail.ToString();

    /// <summary>Sets the limits of a child that has just been started, and begins to watch it.</summary>
    public static ProcessWatch Begin(int pid, SafeDescriptor output, SandboxedProcessOptions options)
    {
        // The id cannot have passed to another process: only this class reaps.
        var descriptor = (int)NativeMethods.syscall(NativeMethods.SYS_pidfd_open, pid, 0, 0, 0);
        if (descriptor < 0)
        {
            throw LinuxException.Last("Opening a descriptor on the started process");
        }

        var watch = new ProcessWatch(pid, new SafeDescriptor(descriptor));
        EndWatch.Begin(pid, watch._process, output, watch._tail, watch.Reap);
        try
        {
            Limit(pid, options.Limits);
            RaiseOutOfMemoryScore(pid, options.OutOfMemoryScore);
            return watch;
        }
        catch
        {
            watch.Kill();
            watch.Exited.ContinueWith(_ => watch.Dispose(), TaskScheduler.Default);
            throw;
        }
    }

    public void Kill()
    {
        lock (_lock)
        {
            if (!_reaped)
            {
                _killed = true;
                _ = NativeMethods.syscall(NativeMethods.SYS_pidfd_send_signal, _process.Descriptor, NativeMethods.SIGKILL, 0, 0);
            }
        }
    }

    public ProcessState? ReadState()
    {
        lock (_lock)
        {
            return _reaped ? null : ProcessState.Read(Pid);
        }
    }

    public void Dispose() => _process.Dispose();

    /// <summary>Sets the limits of a process; 0 is this one.</summary>
    public static void Limit(int pid, ProcessLimits limits)
    {
        Limit(pid, NativeMethods.RLIMIT_CORE, 0);
        Limit(pid, NativeMethods.RLIMIT_FSIZE, 0);
        Limit(pid, NativeMethods.RLIMIT_NOFILE, limits.OpenDescriptors);
        Limit(pid, NativeMethods.RLIMIT_AS, limits.AddressSpace);
        Limit(pid, NativeMethods.RLIMIT_DATA, limits.PrivateMemory);
        Limit(pid, NativeMethods.RLIMIT_NPROC, limits.UserTasks);
    }

    private static void Limit(int pid, int resource, long? value)
    {
        if (value is not { } number)
        {
            return;
        }

        var limit = new ResourceLimit { Soft = (ulong)number, Hard = (ulong)number };
        if (NativeMethods.prlimit(pid, resource, &limit, null) != 0 && Marshal.GetLastPInvokeError() != NativeMethods.ESRCH)
        {
            throw LinuxException.Last($"Setting limit {resource} of the started process to {number}");
        }
    }

    // Best effort: raising a child's score needs no privilege, but a read-only /proc forbids it, and the child then merely competes evenly.
    private static void RaiseOutOfMemoryScore(int pid, int above)
    {
        try
        {
            var own = int.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture);
            var score = Math.Min(own + above, HighestOutOfMemoryScore).ToString(CultureInfo.InvariantCulture);
            using var file = new FileStream($"/proc/{pid}/oom_score_adj", FileMode.Open, FileAccess.Write);
            file.Write(System.Text.Encoding.ASCII.GetBytes(score));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void Reap()
    {
        SignalInfo info = default;
        bool killed;
        lock (_lock)
        {
            while (NativeMethods.waitid(NativeMethods.P_PIDFD, (uint)_process.Descriptor, &info, NativeMethods.WEXITED) != 0
                && Marshal.GetLastPInvokeError() == NativeMethods.EINTR)
            {
            }

            _reaped = true;
            killed = _killed;
        }

        _exited.SetResult(ProcessExit.Classify(info.Code, info.Status, killed, _outOfMemory.HasRisen));
    }
}
