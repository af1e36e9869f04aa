using System.Net;
using System.Net.Sockets;
using EdgeBox.Platform.Interop;
using EdgeBox.Platform.Sockets;
using Xunit;

namespace EdgeBox.Platform.Tests.Sockets;

public sealed class SocketsTests
{
    [Fact]
    public void Of_ConnectedUnixSocket_IsThisProcess()
    {
        var address = new UnixDomainSocketEndPoint($"\0peer-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(address);
        using var server = listener.Accept();

        var peer = PeerCredentials.Of(server);
        Assert.Equal((Environment.ProcessId, UserDatabase.CurrentUser), (peer.Pid, peer.Uid));
        var status = File.ReadAllLines("/proc/self/status");
        Assert.Equal(Numbers(status, "Groups:"), peer.Groups);
        Assert.Equal(Numbers(status, "Gid:")[1], peer.Gid);
    }

    [Fact]
    public void Send_DescriptorsBesideBytes_ArriveAndTooLongAMessageIsRefused()
    {
        var address = new UnixDomainSocketEndPoint($"\0message-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        client.Connect(address);
        using var server = listener.Accept();
        using (var peer = PeerProcess.Of(server))
        {
            Assert.Equal((Environment.ProcessId, true), (peer.Pid, peer.IsAlive));
        }

        using var file = File.OpenHandle("/proc/self/status");
        DescriptorMessage.Send(client, "one"u8, [file, file]);
        DescriptorMessage.Send(client, "two"u8, []);
        var buffer = new byte[3];
        var (count, descriptors) = DescriptorMessage.Receive(server, buffer);
        Assert.Equal((3, 2), (count, descriptors.Count));
        Assert.All(descriptors, descriptor => Assert.True(RandomAccess.Read(descriptor, new byte[4], 0) == 4));
        descriptors.ToList().ForEach(descriptor => descriptor.Dispose());
        (count, descriptors) = DescriptorMessage.Receive(server, buffer);
        Assert.Equal((3, 0), (count, descriptors.Count));

        DescriptorMessage.Send(client, "four"u8, [file]);
        Assert.Throws<InvalidDataException>(() => DescriptorMessage.Receive(server, buffer));
        client.Dispose();
        Assert.Equal(0, DescriptorMessage.Receive(server, buffer).Count);
    }

    [Fact]
    public void Of_OtherSocket_IsRefused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Throws<LinuxException>(() => PeerCredentials.Of(listener.Server));
        using var unconnected = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Throws<LinuxException>(() => PeerCredentials.Of(unconnected));
    }

    [Fact]
    public void Find_KnownAndUnknownNames_AnswersByTheDatabase()
    {
        Assert.Equal(0u, UserDatabase.FindGroup("root"));
        Assert.Equal(0u, UserDatabase.FindUser("root"));
        Assert.Equal("root", UserDatabase.FindUserName(0));
        Assert.Null(UserDatabase.FindGroup("no-such-group"));
        Assert.Null(UserDatabase.FindUser("no-such-user"));
        Assert.Null(UserDatabase.FindUserName(4_000_000_001));
    }

    private static uint[] Numbers(string[] status, string key) =>
        [.. status.Single(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..]
            .Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)];
}
