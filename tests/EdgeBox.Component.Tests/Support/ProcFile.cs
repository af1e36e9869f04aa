namespace EdgeBox.Component.Tests.Support;

/// <summary>Reads what the kernel says of a process.</summary>
internal static class ProcFile
{
    /// <summary>A field of /proc/PID/status, e.g. "Seccomp".</summary>
    public static string Status(int pid, string field) =>
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytes(int pid) => long.Parse(Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture) * 1024;

    /// <summary>What of its memory is resident, in bytes, and what of that belongs to no file.</summary>
    public static (long Rss, long Anonymous) Rollup(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/smaps_rollup");
        long Of(string key) => long.Parse(lines.First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
        return (Of("Rss:"), Of("Anonymous:"));
    }

    /// <summary>How many threads it has.</summary>
    public static int Threads(int pid) => int.Parse(Status(pid, "Threads"), CultureInfo.InvariantCulture);

    /// <summary>What its descriptors are, by number, e.g. "socket:[4711]" or a path.</summary>
    public static SortedDictionary<int, string> Descriptors(int pid)
    {
        var found = new SortedDictionary<int, string>();
        foreach (var link in new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos())
        {
            if (link.LinkTarget is { } target)
            {
                found[int.Parse(link.Name, CultureInfo.InvariantCulture)] = target;
            }
        }

        return found;
    }

    /// <summary>Processor time used so far.</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        var fields = File.ReadAllText($"/proc/{pid}/stat") is var line ? line[(line.LastIndexOf(')') + 2)..].Split(' ') : [];
        const int TicksPerSecond = 100;
        return TimeSpan.FromSeconds((double)(long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }
}
