using System.Globalization;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>
/// Watches one child from a thread of its own: drains what it writes so that it never blocks, and reaps it. The thread sleeps in poll()
/// between events.
/// </summary>
internal sealed unsafe class ProcessWatch : IDisposable
{
    private const int StackBytes = 256 * 1024;
    private const int ReadBytes = 16 * 1024;
    private const int HighestOutOfMemoryScore = 1000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OutputTail _tail = new();
    private readonly OutOfMemoryCounter _outOfMemory;
    private readonly SafeDescriptor _process;
    private readonly SafeDescriptor _output;
    private bool _killed;
    private bool _reaped;

    private ProcessWatch(int pid, SafeDescriptor process, SafeDescriptor output)
    {
        Pid = pid;
        _process = process;
        _output = output;
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

        var watch = new ProcessWatch(pid, new SafeDescriptor(descriptor), output);
        new Thread(watch.Watch, StackBytes) { IsBackground = true, Name = $"watch {pid}" }.Start();
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

    private static void Limit(int pid, ProcessLimits limits)
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

    private void Watch()
    {
        var buffer = stackalloc byte[ReadBytes];
        var descriptors = stackalloc PollFd[2];
        descriptors[0] = new PollFd { Descriptor = _process.Descriptor, Events = NativeMethods.POLLIN };
        descriptors[1] = new PollFd { Descriptor = _output.Descriptor, Events = NativeMethods.POLLIN };
        while (descriptors[0].ReturnedEvents == 0)
        {
            // A failed poll means a signal, and leaves the events as they were.
            if (NativeMethods.poll(descriptors, 2, -1) > 0 && descriptors[1].ReturnedEvents != 0 && !Drain(buffer))
            {
                descriptors[1] = new PollFd { Descriptor = -1 };
            }
        }

        // A descendant may still hold the pipe: take what is there, and do not wait for its end.
        _ = NativeMethods.fcntl(_output, NativeMethods.F_SETFL, NativeMethods.O_NONBLOCK);
        while (Drain(buffer))
        {
        }

        _output.Dispose();
        Reap();
    }

    private bool Drain(byte* buffer)
    {
        var count = NativeMethods.read(_output, buffer, ReadBytes);
        _tail.Append(new ReadOnlySpan<byte>(buffer, (int)Math.Max(0, count)));
        return count > 0;
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
