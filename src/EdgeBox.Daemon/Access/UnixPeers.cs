using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeBox.Daemon.Access;

/// <summary>Gives the other end of the Unix socket its role, by the user and groups that the kernel says it had when it connected.</summary>
internal sealed class UnixPeers(GroupRoles groups)
{
    private const int SolSocket = 1;
    private const int SoPeerCredentials = 17;
    private const int SoPeerGroups = 59;

    /// <summary>Who connected.</summary>
    public CallerIdentity CallerAt(Socket socket)
    {
        Span<byte> bytes = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCredentials, bytes);
        var credentials = MemoryMarshal.Cast<byte, uint>(bytes);
        Span<byte> more = new byte[65536 * sizeof(uint)];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerGroups, more);
        var gids = MemoryMarshal.Cast<byte, uint>(more[..length]);
        return CallerIdentity.OfUser(credentials[1], groups.RoleOf(credentials[1], [credentials[2], .. gids]));
    }
}
