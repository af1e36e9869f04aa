using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>Ten thousand requests of every kind at the gateway, good and bad, and clients that leave at every stage.</summary>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class GatewaySoakTests(SharedModels models)
{
    private const string Model = "m";
    private const string Path = "/v1/chat/completions";
    private const int Requests = 10_000;
    private const int Clients = 16;

    private readonly ConcurrentDictionary<string, int> _endings = new();

    [Fact]
    public async Task Ask_TenThousandGoodBadAndBrokenOff_EachEndsAsItShouldAndNothingIsLeft()
    {
        await using var box = await RunningBox.StartAsync(["--max-connections-per-peer", "512"]);
        await box.LoadAsync(models.Endless, Model, slots: 8, context: 512);
        var keys = new Keys(
            await box.IssueKeyAsync("good"), await box.IssueKeyAsync("revoked"), await box.IssueKeyAsync("used-up", new KeyQuota { RequestsPerDay = 1 }));
        await box.Access.RevokeKeyAsync(new RevokeKeyRequest { Name = "revoked" });
        await box.GatewayClient(keys.UsedUp).EndAsync(Path, Asking.Question(Model, 1));
        await RunAsync(box, keys, 1000);
        var (resident, descriptors) = (ProcFile.ResidentBytes(box.Pid), ProcFile.Descriptors(box.Pid).Count);

        _endings.Clear();
        var began = Stopwatch.GetTimestamp();
        await RunAsync(box, keys, Requests);
        var took = Stopwatch.GetElapsedTime(began);

        Assert.Equal(Requests, _endings.Values.Sum());
        Assert.Equal(
            ["200", "400 malformed_message", "401 invalid_api_key", "401 unauthenticated", "404 model_not_found", "405 not_supported", "413 request_too_large", "429 rate_limit_exceeded", "left"],
            _endings.Keys.Order(StringComparer.Ordinal));
        await box.WhenActiveAsync(Model, 0);
        var issued = await box.IssueAsync("watcher", Role.Operator);
        await Eventually.TrueAsync("nothing is open", async () =>
            (await MetricsOf.ReadAsync(box, issued)).Contains("\nedgebox_gateway_requests_open 0\n", StringComparison.Ordinal)
            && ProcFile.Descriptors(box.Pid).Count <= descriptors + 8);
        Assert.Equal(0u, (await box.GetModelAsync(Model)).QueuedRequests);
        Assert.InRange(ProcFile.ResidentBytes(box.Pid), 1, resident + (64L << 20));
        Assert.DoesNotContain("Defect during", box.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("ebx_", box.Log, StringComparison.Ordinal);
        await box.AssertAuditIntactAsync();
        TestContext.Current.SendDiagnosticMessage(
            $"{Requests} requests in {took.TotalSeconds:F1} s: {string.Join(", ", _endings.OrderByDescending(e => e.Value).Select(e => $"{e.Value} {e.Key}"))}; "
            + $"resident {resident >> 20} to {ProcFile.ResidentBytes(box.Pid) >> 20} MiB");
    }

    private async Task RunAsync(RunningBox box, Keys keys, int requests)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            var random = new Random(number);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{box.GatewayPort}") };
            for (var i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
            {
                // A hundred megabytes is sent seldom: it is the sending that takes the time.
                var ending = i % 1000 == 7 ? await LargeAsync(client, keys.Good) : await AskAsync(box, client, keys, random);
                _endings.AddOrUpdate(ending, 1, (_, count) => count + 1);
            }
        }));
    }

    private static Task<string> AskAsync(RunningBox box, HttpClient client, Keys keys, Random random) => random.Next(100) switch
    {
        < 45 => EndAsync(client, keys.Good, Asking.Question(Model, 1 + random.Next(4), stream: random.Next(2) == 0)),
        < 55 => EndAsync(client, keys.Good, Asking.Json("{\"model\":\"m\",")),
        < 60 => EndAsync(client, keys.Good, Asking.Question("nobody", 1)),
        < 65 => EndAsync(client, null, Asking.Question(Model, 1)),
        < 70 => EndAsync(client, keys.Revoked, Asking.Question(Model, 1)),
        < 75 => EndAsync(client, keys.UsedUp, Asking.Question(Model, 1)),
        < 80 => EndAsync(client, keys.Good, null),
        < 90 => LeaveEarlyAsync(box, keys.Good, random),
        _ => LeaveStreamAsync(client, keys.Good, random),
    };

    private static async Task<string> EndAsync(HttpClient client, string? key, HttpContent? content)
    {
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Put : HttpMethod.Post, Path) { Content = content };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? $"{(int)response.StatusCode}" : $"{(int)response.StatusCode} {Asking.CodeOf(text)}";
    }

    private static Task<string> LargeAsync(HttpClient client, string key) => EndAsync(client, key, new ByteArrayContent(new byte[100 << 20]));

    /// <summary>Breaks off after so much of a request: nothing of it, half of its head, its head, half of its body, all of it.</summary>
    private static async Task<string> LeaveEarlyAsync(RunningBox box, string key, Random random)
    {
        var body = await Asking.Question(Model, 200).ReadAsStringAsync();
        var head = $"POST {Path} HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        var bytes = Encoding.ASCII.GetBytes(head + body);
        int[] stages = [0, head.Length / 2, head.Length, head.Length + (body.Length / 2), bytes.Length];
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, box.GatewayPort);
        await socket.SendAsync(bytes.AsMemory(0, stages[random.Next(stages.Length)]));
        if (random.Next(2) == 0)
        {
            socket.LingerState = new LingerOption(true, 0); // Reset, not closed.
        }

        return "left";
    }

    private static async Task<string> LeaveStreamAsync(HttpClient client, string key, Random random)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Asking.Question(Model, 200, stream: true) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var left = random.Next(10); left > 0; left--)
        {
            await lines.ReadLineAsync();
        }

        return response.StatusCode == HttpStatusCode.OK ? "left" : $"{(int)response.StatusCode}";
    }

    private sealed record Keys(string Good, string Revoked, string UsedUp);
}
