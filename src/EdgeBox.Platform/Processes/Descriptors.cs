using System.Net.Sockets;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>Makes the descriptors that a child and its starter share; all are closed on exec.</summary>
internal static unsafe class Descriptors
{
    public static SafeDescriptor Open(string path, int flags)
    {
        var descriptor = NativeMethods.open(path, flags | NativeMethods.O_CLOEXEC, 0);
        return descriptor >= 0 ? new SafeDescriptor(descriptor) : throw LinuxException.Last($"Opening '{path}'");
    }

    public static (Socket Ours, SafeDescriptor Theirs) SocketPair()
    {
        var pair = stackalloc int[2];
        const int Type = NativeMethods.SOCK_STREAM | NativeMethods.SOCK_CLOEXEC;
        return NativeMethods.socketpair(NativeMethods.AF_UNIX, Type, 0, pair) == 0
            ? (new Socket(new SafeSocketHandle(pair[0], ownsHandle: true)), new SafeDescriptor(pair[1]))
            : throw LinuxException.Last("Making a socket pair");
    }

    public static (SafeDescriptor Read, SafeDescriptor Write) Pipe()
    {
        var pair = stackalloc int[2];
        return NativeMethods.pipe2(pair, NativeMethods.O_CLOEXEC) == 0
            ? (new SafeDescriptor(pair[0]), new SafeDescriptor(pair[1]))
            : throw LinuxException.Last("Making a pipe");
    }
}
