using System.Globalization;

namespace EdgeBox.Benchmarks;

/// <summary>Processor time from the scheduler's own books, in nanoseconds.</summary>
internal static class ProcessorTime
{
    /// <summary>Of the calling thread.</summary>
    public static TimeSpan OfThisThread() => Read("/proc/thread-self/schedstat");

    /// <summary>Of all threads of a process that are alive.</summary>
    public static TimeSpan Of(int pid)
    {
        var sum = TimeSpan.Zero;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                sum += Read(Path.Combine(thread, "schedstat"));
            }
            catch (IOException)
            {
                // The thread has ended since it was listed.
            }
        }

        return sum;
    }

    private static TimeSpan Read(string file) =>
        TimeSpan.FromTicks(long.Parse(File.ReadAllText(file).Split(' ')[0], CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
}
