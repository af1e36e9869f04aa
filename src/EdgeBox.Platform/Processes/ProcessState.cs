using System.Globalization;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>What the kernel says of a live process, for telling a starved one from a hung one.</summary>
/// <param name="State">
/// R running or ready, S asleep, D asleep beyond reach of signals, T stopped, Z ended but not yet reaped. Of several threads the telling one:
/// D if any is in D, else R if any is ready, else the first thread's.
/// </param>
/// <param name="ProcessorTime">Time used by all its threads, in the kernel's ticks (usually 10 ms).</param>
/// <param name="ResidentBytes">Memory present, shared pages included.</param>
/// <param name="Threads">Number of threads.</param>
public sealed record ProcessState(char State, TimeSpan ProcessorTime, long ResidentBytes, int Threads)
{
    private static readonly long s_ticksPerSecond = NativeMethods.sysconf(NativeMethods.SC_CLK_TCK);
    private static readonly long s_pageSize = NativeMethods.sysconf(NativeMethods.SC_PAGESIZE);

    /// <summary>Reads one line of /proc/PID/stat (proc_pid_stat(5)); the name within may hold spaces and parentheses.</summary>
    internal static ProcessState Parse(string line)
    {
        // After the last parenthesis: state is field 3, utime 14, stime 15, num_threads 20, rss 24.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = Number(fields[11]) + Number(fields[12]);
        return new ProcessState(
            fields[0][0], TimeSpan.FromSeconds((double)ticks / s_ticksPerSecond), Number(fields[21]) * s_pageSize, (int)Number(fields[17]));
    }

    /// <summary>Reads a live process; null when it has just ended.</summary>
    internal static ProcessState? Read(int pid)
    {
        try
        {
            var whole = Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
            var threads = Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
                .Select(thread => Parse(File.ReadAllText(Path.Combine(thread, "stat"))).State).ToList();
            return whole with { State = threads.Contains('D') ? 'D' : threads.Contains('R') ? 'R' : whole.State };
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
