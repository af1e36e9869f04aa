using System.Net.Sockets;
using EdgeBox.Platform.Sockets;

namespace EdgeBox.Daemon.Access;

/// <summary>Gives the other end of the Unix socket its role, by the user and groups that the kernel says it had when it connected.</summary>
internal sealed class UnixPeers(GroupRoles groups)
{
    /// <summary>Who connected.</summary>
    public CallerIdentity CallerAt(Socket socket)
    {
        var peer = PeerCredentials.Of(socket);
        return CallerIdentity.OfUser(peer.Uid, groups.RoleOf(peer.Uid, [peer.Gid, .. peer.Groups]));
    }
}
