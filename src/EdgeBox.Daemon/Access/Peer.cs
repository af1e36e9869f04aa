using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace EdgeBox.Daemon.Access;

/// <summary>Names the machine at the other end of a TCP connection.</summary>
internal static class Peer
{
    /// <summary>E.g. <c>address:10.0.0.7</c>.</summary>
    public static string AddressOf(ConnectionContext connection) =>
        NameOf((connection.RemoteEndPoint as IPEndPoint)?.Address);

    /// <summary>The same of an address.</summary>
    public static string NameOf(IPAddress? address) => address is null ? "address:unknown" : $"address:{Plain(address)}";

    /// <summary>What connections are counted by: an IPv4 address, or the first 64 bits of an IPv6 one, which one machine holds whole.</summary>
    public static string CountedBy(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address })
        {
            return "address:unknown";
        }

        address = Plain(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return $"address:{address}";
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"address:{new IPAddress(bytes)}/64";
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
