using System.Net.Sockets;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Makes the daemon's Unix socket so that it is never open to others for a moment, and never taken from a living daemon.</summary>
internal static class UnixSocketFile
{
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>A bound socket at <paramref name="path"/>, mode 0660; what a dead daemon left there is replaced.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: something else is there, or somebody answers.</exception>
    public static Socket Bind(string path)
    {
        RefuseIfTaken(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var temporary = $"{path}.{Environment.ProcessId:x}";
        try
        {
            File.Delete(temporary);
            socket.Bind(new UnixDomainSocketEndPoint(temporary));

            // Nobody can connect yet: it does not listen.
            File.SetUnixFileMode(temporary, OwnerAndGroup);
            File.Move(temporary, path, overwrite: true);
            return socket;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            socket.Dispose();
            throw Refuse($"The Unix socket {path} cannot be made: {exception.Message}");
        }
    }

    private static void RefuseIfTaken(string path)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        if ((File.GetAttributes(path) & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != 0)
        {
            throw Refuse($"{path} is no socket; move it away, or name another path with --socket.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (new FileInfo(path).Length > 0)
            {
                throw Refuse($"{path} is a file and no socket; move it away, or name another path with --socket.");
            }

            return;
        }

        throw Refuse($"Another daemon answers at {path}; stop it first, or name another path with --socket.");
    }

    private static FailureException Refuse(string message) => new(ErrorReason.InvalidArgument, message, ("field", "UnixSocket"));
}
