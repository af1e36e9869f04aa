using System.Globalization;

namespace EdgeBox.Platform.Processes;

/// <summary>Main memory as the kernel tells it: of the machine, and of the control groups that this process is in.</summary>
/// <param name="TotalBytes">What there is, or what the groups allow.</param>
/// <param name="AvailableBytes">What can be had without swapping. Pages of mapped files count as available, also those that a process uses.</param>
public sealed record MainMemory(long TotalBytes, long AvailableBytes)
{
    private const int MostGroups = 64;

    /// <summary>Reads it.</summary>
    /// <param name="proc">Where procfs is.</param>
    /// <param name="groups">Where the control groups are (version 2).</param>
    public static MainMemory Read(string proc = "/proc", string groups = "/sys/fs/cgroup")
    {
        var lines = File.ReadAllLines(Path.Combine(proc, "meminfo"));
        var memory = new MainMemory(Kibibytes(lines, "MemTotal:"), Kibibytes(lines, "MemAvailable:"));
        foreach (var group in GroupsOf(proc, groups))
        {
            memory = memory.Within(group);
        }

        return memory;
    }

    /// <summary>Bytes of files that a live process has mapped and present: the kernel counts them as available.</summary>
    public static long MappedBytes(int pid, string proc = "/proc")
    {
        try
        {
            // statm(5): size, resident, and of that what belongs to files.
            var fields = File.ReadAllText(Path.Combine(proc, pid.ToString(CultureInfo.InvariantCulture), "statm")).Split(' ');
            return long.Parse(fields[2], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }

    private static IEnumerable<string> GroupsOf(string proc, string groups)
    {
        var file = Path.Combine(proc, "self", "cgroup");
        var path = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[4..] : null;
        for (var i = 0; i < MostGroups && !string.IsNullOrEmpty(path); i++)
        {
            yield return Path.Combine(groups, path);
            path = Path.GetDirectoryName(path);
        }
    }

    private MainMemory Within(string group)
    {
        try
        {
            if (!long.TryParse(File.ReadAllText(Path.Combine(group, "memory.max")), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var most))
            {
                return this; // "max": it sets no limit.
            }

            var used = long.Parse(File.ReadAllText(Path.Combine(group, "memory.current")), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            var files = File.ReadLines(Path.Combine(group, "memory.stat"))
                .Where(line => line.StartsWith("inactive_file ", StringComparison.Ordinal) || line.StartsWith("active_file ", StringComparison.Ordinal))
                .Sum(line => long.Parse(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
            return new MainMemory(Math.Min(TotalBytes, most), Math.Clamp(most - used + files, 0, AvailableBytes));
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return this; // The memory of that group is not limited.
        }
    }

    private static long Kibibytes(string[] lines, string key) =>
        long.Parse(lines.First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..^"kB".Length],
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
}
