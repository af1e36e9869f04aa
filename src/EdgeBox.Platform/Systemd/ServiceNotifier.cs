using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EdgeBox.Platform.Systemd;

/// <summary>Tells the service manager how the service fares (sd_notify(3)); without one, every call does nothing.</summary>
public sealed class ServiceNotifier : IDisposable
{
    private const int LongestStatus = 1024;

    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;

    private ServiceNotifier(string? address, TimeSpan? watchdogTimeout)
    {
        WatchdogTimeout = watchdogTimeout;
        // A path or, with '@', a name without a file. Other families (vsock) are a virtual machine's business.
        if (address is ['/' or '@', _, ..])
        {
            _manager = new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address);
            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        }
    }

    /// <summary>True when a service manager listens.</summary>
    public bool IsManaged => _socket is not null;

    /// <summary>
    /// The service is killed and started anew when <see cref="KeepAlive"/> was not called for this long; null without a watchdog. Call it at
    /// half this time.
    /// </summary>
    public TimeSpan? WatchdogTimeout { get; }

    /// <summary>Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so that no child speaks for us.</summary>
    public static ServiceNotifier FromEnvironment() =>
        Create(Take("NOTIFY_SOCKET"), Take("WATCHDOG_USEC"), Take("WATCHDOG_PID"), Environment.ProcessId);

    /// <summary>The service is up. A <c>Type=notify</c> unit counts as started from here on.</summary>
    public bool Ready() => Send("READY=1");

    /// <summary>One line for <c>systemctl status</c>; line breaks become spaces, and what exceeds 1,024 characters is cut off.</summary>
    public bool Status(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var line = text.ReplaceLineEndings(" ");
        return Send("STATUS=" + (line.Length > LongestStatus ? line[..LongestStatus] : line));
    }

    /// <summary>The service is on its way down.</summary>
    public bool Stopping() => Send("STOPPING=1");

    /// <summary>The service lives: the watchdog waits anew.</summary>
    public bool KeepAlive() => Send("WATCHDOG=1");

    /// <summary>Starting, running or stopping takes this much longer from now on than the unit allows.</summary>
    public bool ExtendTimeout(TimeSpan by) => Send(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)by.TotalMicroseconds}"));

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket?.Dispose();

    internal static ServiceNotifier Create(string? address, string? watchdogMicroseconds, string? watchdogPid, int ownPid)
    {
        var forUs = watchdogPid is null || (int.TryParse(watchdogPid, CultureInfo.InvariantCulture, out var pid) && pid == ownPid);
        var timeout = forUs && long.TryParse(watchdogMicroseconds, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : (TimeSpan?)null;
        return new ServiceNotifier(address, timeout);
    }

    private static string? Take(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }

    // True when the manager got it. A manager that is away or too busy must not bring the service down.
    private bool Send(string message)
    {
        try
        {
            return _socket is not null && _socket.SendTo(Encoding.UTF8.GetBytes(message), _manager!) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
