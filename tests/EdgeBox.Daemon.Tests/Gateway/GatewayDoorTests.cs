using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Daemon.Tests.Gateway;

/// <summary>The endpoints of the gateway: what goes in there, and what does not.</summary>
public sealed class GatewayDoorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Ask_OverTls_TheBoxShowsItsCertificateAndAsksForNone(int version)
    {
        await using var door = await Door.OpenTlsAsync();
        door.Http.DefaultRequestVersion = new Version(version, version == 1 ? 1 : 0);
        door.Http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var key = await door.IssueAsync();
        var reply = await door.AskAsync("/v1/models", key);
        Assert.Equal((HttpStatusCode.OK, "list"), (reply.Status, reply.Json.GetProperty("object").GetString()));
    }

    [Fact]
    public async Task CaCertificate_WithoutAKey_IsTheBoxsOwn()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.AskAsync("/ca.crt");
        using var certificate = X509Certificate2.CreateFromPem(reply.Text);
        Assert.Equal(door.Box.Get<BoxIdentity>().Authority.Thumbprint, certificate.Thumbprint);
        Assert.Equal("nosniff", reply.Headers["x-content-type-options"]);
    }

    [Fact]
    public async Task Grpc_AtTheGateway_IsRefusedWithAReason()
    {
        await using var door = await Door.OpenTlsAsync();
        using var channel = GrpcChannel.ForAddress(door.Address, new GrpcChannelOptions { HttpHandler = door.Box.TlsHandler(null), DisposeHttpClient = true });
        await new V1.AccessService.AccessServiceClient(channel).GetCallerAsync(new GetCallerRequest()).IsRefused(StatusCode.Unimplemented, ErrorReason.NotSupported);
    }

    [Fact]
    public async Task Gateway_AtTheDoorOfGrpc_IsNotThere()
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("alice", Role.Admin);
        using var http = new HttpClient(box.TlsHandler(certificate)) { BaseAddress = box.TlsAddress };
        var key = (await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "alice" })).Text;
        http.DefaultRequestHeaders.Add("x-api-key", key);
        foreach (var path in new[] { "/v1/models", "/ca.crt", "/v1/chat/completions", "/" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public async Task Ask_UnknownRouteOrMethod_IsToldSoInTheShapeOfTheApi()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync();
        Assert.Equal((404, "invalid_request_error", "not_supported", "NOT_SUPPORTED"), (await door.AskAsync("/v1/nothing", key)).OpenAi);
        Assert.Equal((404, "error", "not_found_error"), (await door.AskAsync("/v1/messages/batches", key)).Anthropic);
        var method = await door.AskAsync("/v1/models", key, HttpMethod.Delete);
        Assert.Equal((405, "invalid_request_error", "not_supported", "NOT_SUPPORTED"), method.OpenAi);
        Assert.Equal("GET", method.Headers["allow"]);
        var metrics = await door.AskAsync("/metrics", key);
        Assert.Equal(404, metrics.OpenAi.Status);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"Foo/Bar","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/completions", """{"model":"gpt-4o mini","prompt":"x"}""")]
    [InlineData("/v1/responses", """{"model":"aliases/Foo","input":"x"}""")]
    [InlineData("/v1/embeddings", """{"model":"Foo/Bar","input":"x"}""")]
    [InlineData("/v1/rerank", """{"model":"Foo/Bar","query":"x","documents":["y"]}""")]
    [InlineData("/v1/messages", """{"model":"Claude","max_tokens":1,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/messages/count_tokens", """{"model":"Foo/Bar","messages":[{"role":"user","content":"x"}]}""")]
    public async Task Ask_AModelWithANameThatNoneHasHere_IsNotFound(string path, string body)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.AskAsync(path, await door.IssueAsync(), content: Door.Json(body));
        if (path.StartsWith("/v1/messages", StringComparison.Ordinal))
        {
            Assert.Equal((404, "error", "not_found_error"), reply.Anthropic);
        }
        else
        {
            Assert.Equal((404, "invalid_request_error", "model_not_found", "MODEL_NOT_FOUND"), reply.OpenAi);
        }

        Assert.StartsWith("req_", reply.Headers["x-request-id"], StringComparison.Ordinal);
        var wrong = await door.AskAsync(path, await door.IssueAsync("other"), content: Door.Json("""{"model":5}"""));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, wrong.Status);
    }

    [Fact]
    public async Task Preflight_OriginOnTheListAndOneThatIsNot_OnlyTheFirstIsAllowed()
    {
        await using var door = await Door.OpenAsync("--gateway-origin", "https://chat.example");
        var asked = new[] { ("origin", "https://chat.example"), ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization,x-stainless-os") };
        var allowed = await door.AskAsync("/v1/models", method: HttpMethod.Options, headers: asked);
        Assert.Equal((HttpStatusCode.NoContent, "https://chat.example", "authorization,x-stainless-os"),
            (allowed.Status, allowed.Headers["access-control-allow-origin"], allowed.Headers["access-control-allow-headers"]));
        asked[0].Item2 = "https://evil.example";
        var refused = await door.AskAsync("/v1/models", method: HttpMethod.Options, headers: asked);
        Assert.False(refused.Headers.ContainsKey("access-control-allow-origin"));
        var key = await door.IssueAsync();
        Assert.False((await door.AskAsync("/v1/models", key, headers: ("origin", "https://evil.example"))).Headers.ContainsKey("access-control-allow-origin"));
        Assert.Equal("https://chat.example", (await door.AskAsync("/v1/models", key, headers: ("origin", "https://chat.example"))).Headers["access-control-allow-origin"]);
    }

    [Fact]
    public async Task Connect_AThousandThatSayNothing_OthersAreServedAndTheSilentAreClosed()
    {
        await using var door = await Door.OpenAsync(
            "--max-connections-per-peer", "1100", "--max-connections", "1100", "--idle-timeout", "00:00:02");
        var key = await door.IssueAsync();
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                silent.Add(socket);
                await socket.ConnectAsync(door.Address.Host, door.Address.Port);
            }

            Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", key)).Status);
            foreach (var socket in silent)
            {
                await ClosedAsync(socket);
            }

            Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", key)).Status);
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Connect_MoreThanOnePeerMayHave_AreClosedAndAudited()
    {
        await using var door = await Door.OpenAsync("--max-connections-per-peer", "4");
        var many = Enumerable.Range(0, 5).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        try
        {
            // Which of them is one too many depends on the order in which the box looks at them.
            await (await Task.WhenAny(many.Select(socket => ConnectAndBeClosedAsync(socket, door.Address))));
            var refused = (await door.Box.RecordsAsync("connection.refused"))[0];
            Assert.Equal(("address:127.0.0.1", "gateway"), (refused.Actor, refused.Subject));
        }
        finally
        {
            many.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Plain_ForOtherMachines_NeedsToBeSaidTwice()
    {
        var refused = await Assert.ThrowsAsync<Daemon.Hosting.UsageException>(() => TestAppliance.StartAsync(args: ["--gateway-http", "0.0.0.0:0"]));
        Assert.Contains("PlainGatewayAnywhere", Assert.Single(refused.Faults), StringComparison.Ordinal);
        await using var box = await TestAppliance.StartAsync(args: ["--gateway-http", "0.0.0.0:0", "--gateway-http-anywhere", "true"]);
    }

    [Theory]
    [InlineData("chat.example")]
    [InlineData("https://chat.example/")]
    [InlineData("https://chat.example/app")]
    public async Task Origin_ThatIsNone_StopsTheStart(string origin)
    {
        var refused = await Assert.ThrowsAsync<Daemon.Hosting.UsageException>(() => TestAppliance.StartAsync(args: ["--gateway-origin", origin]));
        Assert.Contains(origin, Assert.Single(refused.Faults), StringComparison.Ordinal);
    }

    private static async Task ConnectAndBeClosedAsync(Socket socket, Uri address)
    {
        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed before it was told that the connection was made.
            return;
        }

        await ClosedAsync(socket);
    }

    private static async Task ClosedAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], patience.Token));
        }
        catch (SocketException)
        {
            // Closed by a reset.
        }
    }
}
