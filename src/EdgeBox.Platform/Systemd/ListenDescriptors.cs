using System.Globalization;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Systemd;

/// <summary>A socket that the service manager opened and handed in.</summary>
/// <param name="Name">FileDescriptorName= of its socket unit, or "unknown".</param>
/// <param name="Descriptor">Its number in this process; it is closed on exec.</param>
public sealed record ListenDescriptor(string Name, int Descriptor);

/// <summary>The sockets that the service manager handed in (sd_listen_fds_with_names(3)).</summary>
public static class ListenDescriptors
{
    private const int First = 3;
    private const int Most = 1024;

    /// <summary>
    /// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and takes them out of the environment, so that no child takes the sockets for its own.
    /// Empty when the process was started in another way. Call it once, early.
    /// </summary>
    /// <exception cref="LinuxException">A descriptor that was announced is not open.</exception>
    public static IReadOnlyList<ListenDescriptor> FromEnvironment()
    {
        var found = Parse(Take("LISTEN_PID"), Take("LISTEN_FDS"), Take("LISTEN_FDNAMES"), Environment.ProcessId);
        foreach (var (name, descriptor) in found)
        {
            if (NativeMethods.fcntl_number(descriptor, NativeMethods.F_SETFD, NativeMethods.FD_CLOEXEC) != 0)
            {
                throw LinuxException.Last($"Taking the handed-in socket '{name}' (descriptor {descriptor})");
            }
        }

        return found;
    }

    internal static IReadOnlyList<ListenDescriptor> Parse(string? pid, string? count, string? names, int ownPid)
    {
        if (!int.TryParse(pid, CultureInfo.InvariantCulture, out var receiver) || receiver != ownPid
            || !int.TryParse(count, CultureInfo.InvariantCulture, out var number) || number is < 0 or > Most)
        {
            return [];
        }

        var each = string.IsNullOrEmpty(names) ? [] : names.Split(':');
        return [.. Enumerable.Range(0, number).Select(i => new ListenDescriptor(i < each.Length && each[i].Length > 0 ? each[i] : "unknown", First + i))];
    }

    private static string? Take(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }
}
