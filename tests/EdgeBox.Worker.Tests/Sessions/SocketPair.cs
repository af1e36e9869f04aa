using System.Runtime.InteropServices;
using EdgeBox.Worker.Hosting;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>Two connected stream sockets: one end for a test, the other for a worker.</summary>
internal sealed partial class SocketPair : IDisposable
{
    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;
    private const int SHUT_RDWR = 2;

    private readonly int _mine;
    private int _theirs;
    private bool _disposed;

    public SocketPair()
    {
        var ends = new int[2];
        Check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        (_mine, _theirs) = (ends[0], ends[1]);

        // A worker process inherits its own end and never this one: else it would not see the end of the stream.
        Check(fcntl(_mine, F_SETFD, FD_CLOEXEC));
    }

    public Stream Mine => new DescriptorStream(_mine);

    public int Theirs => _theirs;

    public void CloseTheirs()
    {
        if (_theirs >= 0)
        {
            _ = close(_theirs);
            _theirs = -1;
        }
    }

    /// <summary>Ends the stream in both directions; the descriptors stay until disposal.</summary>
    public void HangUp() => _ = shutdown(_mine, SHUT_RDWR);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            CloseTheirs();
            _ = close(_mine);
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, [Out] int[] ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
