using System.Runtime.InteropServices;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Sees the end of a process that is not this one's child.</summary>
internal sealed partial class ProcessEnd : IDisposable
{
    private const short PollIn = 1;
    private readonly int _pidfd;

    /// <summary>Takes hold of a process that lives.</summary>
    public ProcessEnd(int pid)
    {
        _pidfd = PidfdOpen(pid, 0);
        if (_pidfd < 0)
        {
            throw new InvalidOperationException($"There is no process {pid}.");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>How long that took; null if it lives on.</returns>
    public Task<TimeSpan?> WaitAsync(TimeSpan patience) => Task.Run<TimeSpan?>(() =>
    {
        var began = Stopwatch.GetTimestamp();
        var waited = new PollDescriptor { Descriptor = _pidfd, Events = PollIn };
        int found;
        do
        {
            // A signal to this process (a child that ends) interrupts the wait and means nothing here.
            found = Poll(ref waited, 1, (int)Math.Max(0, (patience - Stopwatch.GetElapsedTime(began)).TotalMilliseconds));
        }
        while (found < 0 && Stopwatch.GetElapsedTime(began) < patience);
        return found == 1 ? Stopwatch.GetElapsedTime(began) : null;
    });

    public void Dispose() => _ = Close(_pidfd);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [LibraryImport("libc", EntryPoint = "pidfd_open")]
    private static partial int PidfdOpen(int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, ulong count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
