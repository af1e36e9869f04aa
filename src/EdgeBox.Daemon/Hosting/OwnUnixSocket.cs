using System.Net.Sockets;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The Unix socket that the daemon made itself; it goes with the daemon. One that systemd handed in stays systemd's.</summary>
internal sealed class OwnUnixSocket : IDisposable
{
    private string? _path;

    /// <summary>As <see cref="UnixSocketFile.Bind"/>.</summary>
    public Socket Bind(string path)
    {
        var socket = UnixSocketFile.Bind(path);
        _path = path;
        return socket;
    }

    public void Dispose()
    {
        if (_path is { } path)
        {
            File.Delete(path);
        }
    }
}
