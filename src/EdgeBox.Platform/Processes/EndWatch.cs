using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>
/// Waits for the end of a process on a thread of its own, and meanwhile drains what it writes so that it never blocks. The thread sleeps in
/// poll() between events.
/// </summary>
internal sealed unsafe class EndWatch
{
    private const int StackBytes = 256 * 1024;
    private const int ReadBytes = 16 * 1024;

    private readonly SafeDescriptor _process;
    private readonly SafeDescriptor _output;
    private readonly OutputTail _tail;
    private readonly Action _ended;

    private EndWatch(SafeDescriptor process, SafeDescriptor output, OutputTail tail, Action ended)
    {
        _process = process;
        _output = output;
        _tail = tail;
        _ended = ended;
    }

    /// <summary>Begins to watch.</summary>
    /// <param name="pid">Names the thread.</param>
    /// <param name="process">A descriptor on the process; the caller's.</param>
    /// <param name="output">The end of the pipe that it writes to; closed when it has ended.</param>
    /// <param name="tail">Keeps what it wrote last.</param>
    /// <param name="ended">Called once, on the thread, when it has ended and everything that it wrote is in the tail.</param>
    public static void Begin(int pid, SafeDescriptor process, SafeDescriptor output, OutputTail tail, Action ended) =>
        new Thread(new EndWatch(process, output, tail, ended).Watch, StackBytes) { IsBackground = true, Name = $"watch {pid}" }.Start();

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
        _ended();
    }

    private bool Drain(byte* buffer)
    {
        var count = NativeMethods.read(_output, buffer, ReadBytes);
        _tail.Append(new ReadOnlySpan<byte>(buffer, (int)Math.Max(0, count)));
        return count > 0;
    }
}
