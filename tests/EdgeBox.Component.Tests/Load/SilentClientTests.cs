using System.Net;
using System.Net.Sockets;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Load;

/// <summary>Clients that connect and say nothing.</summary>
[Trait("Tier", "component")]
public sealed class SilentClientTests(SharedModels models)
{
    [Fact]
    public async Task Connect_TwoHundredThatSayNothing_OthersAreAnsweredAndTheSilentAreClosed()
    {
        const int Each = 100;
        await using var box = await RunningBox.StartAsync(["--handshake-timeout", "00:00:02", "--idle-timeout", "00:00:03"]);
        await box.LoadAsync(models.Endless, "m");
        var issued = await box.IssueAsync("talker", Role.Client);
        var before = ProcFile.Descriptors(box.Pid).Count;
        var silent = new List<Socket>();
        for (var i = 0; i < Each; i++)
        {
            silent.Add(await ConnectAsync(new UnixDomainSocketEndPoint(box.SocketPath)));
            silent.Add(await ConnectAsync(new IPEndPoint(IPAddress.Loopback, box.TlsPort)));
        }

        var began = Stopwatch.GetTimestamp();
        Assert.True(await box.Inference.TokenizeAsync("m") > 0);
        using var certificate = RunningBox.Certificate(issued);
        var overTls = new InferenceService.InferenceServiceClient(box.TlsChannel(certificate, issued.CaPem));
        Assert.Equal(2u, (await overTls.AnswerAsync("m", "Do you hear me?", maxTokens: 2)).Usage.CompletionTokens);
        var answered = Stopwatch.GetElapsedTime(began);

        var closed = await Task.WhenAll(silent.Select(ClosedAsync));
        Assert.InRange(answered, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.All(closed, Assert.True);
        await Eventually.TrueAsync("their descriptors are free", () => Task.FromResult(ProcFile.Descriptors(box.Pid).Count <= before + 4));
        TestContext.Current.SendDiagnosticMessage(
            $"{silent.Count} silent clients: others answered in {answered.TotalMilliseconds:F0} ms, all closed after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
    }

    [Fact]
    public async Task Connect_MoreThanAPeerMay_TheRestAreClosedAtOnceAndAudited()
    {
        const int Limit = 20;
        var reset = 0;
        await using var box = await RunningBox.StartAsync(["--max-connections-per-peer", $"{Limit}"]);
        var sockets = new List<Socket>();
        for (var i = 0; i < Limit + 5; i++)
        {
            try
            {
                sockets.Add(await ConnectAsync(new IPEndPoint(IPAddress.Loopback, box.TlsPort)));
            }
            catch (SocketException)
            {
                reset++; // Closed before the client saw that it was open.
            }
        }

        // Which of them are one too many depends on the order in which the box looks at them.
        await Eventually.TrueAsync("five are closed", () => Task.FromResult(sockets.Count(IsClosed) + reset == 5));
        // The Unix socket counts by user: who administers the box is not shut out.
        Assert.Equal(Health.Good, (await box.Appliance.GetStatusAsync(new GetStatusRequest())).Health);
        var record = await box.RecordAsync("connection.refused", _ => true);
        Assert.Equal(("tls", $"{Limit}"), (record.Subject, record.Facts["limit"]));
        sockets.ForEach(socket => socket.Dispose());
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<Socket> ConnectAsync(EndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(to);
        return socket;
    }

    /// <summary>Whether the box closes a connection within a bounded time.</summary>
    private static async Task<bool> ClosedAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
                // The box may greet first.
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
        finally
        {
            socket.Dispose();
        }
    }
}
