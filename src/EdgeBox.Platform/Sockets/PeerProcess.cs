using System.Net.Sockets;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Sockets;

/// <summary>The very process that connected to a Unix socket, held by a descriptor: its id cannot pass to another unnoticed.</summary>
public sealed class PeerProcess : IDisposable
{
    private PeerProcess(int pid, SafeDescriptor handle)
    {
        Pid = pid;
        Handle = handle;
    }

    /// <summary>The process id, which is this process's own for as long as <see cref="IsAlive"/> says so.</summary>
    public int Pid { get; }

    /// <summary>Whether it has not ended.</summary>
    public unsafe bool IsAlive
    {
        get
        {
            var poll = new PollFd { Descriptor = Handle.Descriptor, Events = NativeMethods.POLLIN };
            return NativeMethods.poll(&poll, 1, 0) == 0;
        }
    }

    internal SafeDescriptor Handle { get; }

    /// <summary>Asks the kernel (Linux 6.5 or newer) about a connected Unix socket.</summary>
    /// <exception cref="LinuxException">It is not a connected Unix socket, or the process has ended.</exception>
    public static unsafe PeerProcess Of(Socket socket)
    {
        var pid = PeerCredentials.Of(socket).Pid;
        int descriptor;
        var length = (uint)sizeof(int);
        return NativeMethods.getsockopt(socket.SafeHandle, NativeMethods.SOL_SOCKET, NativeMethods.SO_PEERPIDFD, &descriptor, &length) == 0
            ? new PeerProcess(pid, new SafeDescriptor(descriptor))
            : throw LinuxException.Last("Asking for a descriptor on the process at the other end of a socket (Linux 6.5 or newer)");
    }

    /// <summary>Lets go of it; the process is not touched.</summary>
    public void Dispose() => Handle.Dispose();
}
