using System.Net.Sockets;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Hosting;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Connect_TwoHundredSilentClientsOfOneUser_LockNobodyElseOut()
    {
        Assert.SkipUnless(OtherUser.Possible, "needs root to connect as another user");
        await using var box = await TestAppliance.StartAsync();
        File.SetUnixFileMode(box.Directory.Path, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(box.SocketPath, (UnixFileMode)0x1b6);
        var silent = Enumerable.Range(0, 200).Select(_ => OtherUser.Connect(box.ConnectUnix, 12345, 12346)).ToList();
        try
        {
            var caller = await box.Access().GetCallerAsync(new GetCallerRequest(), deadline: DateTime.UtcNow.AddSeconds(10));
            Assert.Equal(Role.Admin, caller.Role);
            var refused = (await box.RecordsAsync("connection.refused"))[0];
            Assert.Equal(("uid:12345", "128"), (refused.Actor, refused.Facts["limit"]));
        }
        finally
        {
            silent.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public async Task Connect_SaysNothing_IsClosedAfterTheIdleTime()
    {
        await using var box = await TestAppliance.StartAsync(args: ["--idle-timeout", "00:00:01"]);
        using var silent = box.ConnectUnix();
        Assert.True(await EndsAsync(silent, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Handshake_SaysNothing_IsClosedAfterTheHandshakeTime()
    {
        await using var box = await TestAppliance.StartAsync(args: ["--handshake-timeout", "00:00:01"]);
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(box.TlsAddress.Host, box.TlsAddress.Port);
        Assert.True(await EndsAsync(silent, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Start_LeftOverSocket_IsReplaced()
    {
        using var directory = new TestDirectory();
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(directory.Combine("dead")));
            File.Move(directory.Combine("dead"), directory.Combine("s"));
        }

        await using var box = await TestAppliance.StartAsync(directory);
        Assert.Equal(Role.Admin, (await box.Access().GetCallerAsync(new GetCallerRequest())).Role);
        Assert.Equal("660", Convert.ToString((int)File.GetUnixFileMode(box.SocketPath), 8));
    }

    [Fact]
    public async Task Start_SomebodyAnswersAtTheSocket_IsRefused()
    {
        using var directory = new TestDirectory();
        using var living = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        living.Bind(new UnixDomainSocketEndPoint(directory.Combine("s")));
        living.Listen();
        var failure = await Assert.ThrowsAsync<Daemon.Failures.FailureException>(() => TestAppliance.StartAsync(directory));
        Assert.Contains("Another daemon answers", failure.Message);
    }

    [Fact]
    public async Task Start_SocketPathIsAFile_IsRefusedAndTheFileKept()
    {
        using var directory = new TestDirectory();
        await File.WriteAllTextAsync(directory.Combine("s"), "precious");
        await Assert.ThrowsAsync<Daemon.Failures.FailureException>(() => TestAppliance.StartAsync(directory));
        Assert.Equal("precious", await File.ReadAllTextAsync(directory.Combine("s")));
    }

    [Fact]
    public async Task Stop_CallInProgress_MayFinishAndNewOnesAreRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        var channel = box.Unix();
        var client = new V1.OperationService.OperationServiceClient(channel);
        var go = new TaskCompletionSource();
        var operation = await box.Get<Daemon.Operations.OperationRegistry>().StartAsync("test.work", "x", "box", async (_, _) =>
        {
            await go.Task;
            return new Google.Protobuf.WellKnownTypes.Empty();
        });
        var waiting = client.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        while (box.Get<Daemon.Access.ConnectionRegistry>().Count == 0)
        {
            await Task.Yield();
        }

        var lifetime = (Microsoft.Extensions.Hosting.IHostApplicationLifetime)box.App.Services.GetService(typeof(Microsoft.Extensions.Hosting.IHostApplicationLifetime))!;
        lifetime.StopApplication();
        await client.ListOperationsAsync(new ListOperationsRequest()).ResponseAsync.IsRefused(StatusCode.Unavailable, ErrorReason.ShuttingDown);
        await waiting.ResponseAsync.IsRefused(StatusCode.Unavailable, ErrorReason.ShuttingDown);
        go.SetResult();
        Assert.Equal(V1.Health.Stopping, box.Get<Daemon.Hosting.ApplianceHealth>().Snapshot.Health);
    }

    private static async Task<bool> EndsAsync(Socket socket, TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, timeout.Token) > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
