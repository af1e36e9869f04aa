using System.Net.Sockets;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Sockets;

/// <summary>Who is at the other end of a Unix socket, as the kernel noted it when the connection was made.</summary>
/// <param name="Pid">The process; it may have ended since, and is 0 where it lives in a namespace that this process cannot see.</param>
/// <param name="Uid">Its effective user.</param>
/// <param name="Gid">Its effective group.</param>
/// <param name="Groups">Its supplementary groups.</param>
public sealed record PeerCredentials(int Pid, uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    private const uint Nobody = uint.MaxValue;
    private const int MostGroups = 65536;

    /// <summary>Asks the kernel about a connected Unix socket.</summary>
    /// <exception cref="LinuxException">It is not a connected Unix socket.</exception>
    public static unsafe PeerCredentials Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        UserCredentials credentials;
        var length = (uint)sizeof(UserCredentials);
        if (NativeMethods.getsockopt(socket.SafeHandle, NativeMethods.SOL_SOCKET, NativeMethods.SO_PEERCRED, &credentials, &length) != 0)
        {
            throw LinuxException.Last("Asking who is at the other end of a socket");
        }

        // An unconnected or TCP socket answers with nobody instead of an error.
        return credentials.Uid != Nobody
            ? new PeerCredentials(credentials.Pid, credentials.Uid, credentials.Gid, GroupsOf(socket))
            : throw new LinuxException("Asking who is at the other end of a socket", NativeMethods.ENOTCONN);
    }

    private static unsafe uint[] GroupsOf(Socket socket)
    {
        var groups = new uint[16];
        while (true)
        {
            var length = (uint)(groups.Length * sizeof(uint));
            fixed (uint* buffer = groups)
            {
                if (NativeMethods.getsockopt(socket.SafeHandle, NativeMethods.SOL_SOCKET, NativeMethods.SO_PEERGROUPS, buffer, &length) == 0)
                {
                    return groups[..(int)(length / sizeof(uint))];
                }
            }

            if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != NativeMethods.ERANGE || length > MostGroups * sizeof(uint))
            {
                throw LinuxException.Last("Asking for the groups of who is at the other end of a socket");
            }

            groups = new uint[length / sizeof(uint)];
        }
    }
}
