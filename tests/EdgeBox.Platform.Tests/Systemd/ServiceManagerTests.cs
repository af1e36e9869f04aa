using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Systemd;
using Xunit;

namespace EdgeBox.Platform.Tests.Systemd;

public sealed class ServiceManagerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Notify_EachMessage_ArrivesInTheManagersForm(bool withoutFile)
    {
        var directory = Directory.CreateTempSubdirectory("notify-").FullName;
        var address = withoutFile ? $"@notify-{Guid.NewGuid():N}" : Path.Combine(directory, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        manager.Bind(new UnixDomainSocketEndPoint(withoutFile ? '\0' + address[1..] : address));

        using var notifier = ServiceNotifier.Create(address, "30000000", "17", 17);
        Assert.True(notifier.IsManaged);
        Assert.Equal(TimeSpan.FromSeconds(30), notifier.WatchdogTimeout);
        Assert.True(notifier.Ready() && notifier.Status("one\nline") && notifier.KeepAlive() && notifier.ExtendTimeout(TimeSpan.FromSeconds(2)) && notifier.Stopping());
        Assert.Equal(["READY=1", "STATUS=one line", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=2000000", "STOPPING=1"], Enumerable.Range(0, 5).Select(_ => Receive(manager)));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Notify_NoManagerOrOneThatIsGone_DoesNothing()
    {
        using var none = ServiceNotifier.Create(null, null, null, 17);
        Assert.False(none.IsManaged);
        Assert.False(none.Ready());
        using var gone = ServiceNotifier.Create("/nowhere/notify", null, null, 17);
        Assert.False(gone.Ready());
    }

    [Theory]
    [InlineData("1000000", null, true)]
    [InlineData("1000000", "17", true)]
    [InlineData("1000000", "18", false)]
    [InlineData("0", "17", false)]
    [InlineData("soon", "17", false)]
    [InlineData(null, "17", false)]
    public void WatchdogTimeout_ForAnotherProcessOrMalformed_IsNone(string? microseconds, string? pid, bool expected)
    {
        using var notifier = ServiceNotifier.Create(null, microseconds, pid, 17);
        Assert.Equal(expected ? TimeSpan.FromSeconds(1) : null, notifier.WatchdogTimeout);
    }

    [Fact]
    public void Parse_NamedSockets_AreNumberedFromThree()
    {
        Assert.Equal([new("unix", 3), new("tls", 4)], ListenDescriptors.Parse("17", "2", "unix:tls", 17));
        Assert.Equal([new("unix", 3), new("unknown", 4), new("unknown", 5)], ListenDescriptors.Parse("17", "3", "unix:", 17));
        Assert.Equal([new("unknown", 3)], ListenDescriptors.Parse("17", "1", null, 17));
    }

    [Theory]
    [InlineData("18", "2")]
    [InlineData(null, "2")]
    [InlineData("17", null)]
    [InlineData("17", "-1")]
    [InlineData("17", "2000000000")]
    public void Parse_ForAnotherProcessOrMalformed_IsEmpty(string? pid, string? count) => Assert.Empty(ListenDescriptors.Parse(pid, count, "unix", 17));

    private static string Receive(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
