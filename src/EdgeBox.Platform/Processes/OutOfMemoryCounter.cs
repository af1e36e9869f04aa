using System.Globalization;

namespace EdgeBox.Platform.Processes;

/// <summary>Counts the processes that the kernel took from a control group because memory ran out.</summary>
internal sealed class OutOfMemoryCounter
{
    private const string Name = "oom_kill ";
    private readonly string? _file;
    private readonly long _before;

    private OutOfMemoryCounter(string? file)
    {
        _file = file;
        _before = Read();
    }

    /// <summary>True when the kernel has taken a process of the group since this counter was made.</summary>
    public bool HasRisen => Read() > _before;

    public static OutOfMemoryCounter OfProcess(int pid) =>
        new(FilesOf(ReadOrEmpty($"/proc/{pid}/cgroup")).FirstOrDefault(File.Exists));

    /// <summary>Where the count may be, by /proc/PID/cgroup: the unified hierarchy, the older one, then the whole machine's.</summary>
    internal static IEnumerable<string> FilesOf(string groups)
    {
        foreach (var line in groups.Split('\n'))
        {
            var parts = line.Split(':', 3);
            if (parts is ["0", "", var path])
            {
                yield return $"/sys/fs/cgroup{path}/memory.events";
            }
            else if (parts is [_, var controllers, var older] && controllers.Split(',').Contains("memory"))
            {
                yield return $"/sys/fs/cgroup/memory{older}/memory.oom_control";
            }
        }

        yield return "/proc/vmstat";
    }

    internal static long CountIn(string text)
    {
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(Name.Length), CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private long Read() => _file is null ? 0 : CountIn(ReadOrEmpty(_file));
}
