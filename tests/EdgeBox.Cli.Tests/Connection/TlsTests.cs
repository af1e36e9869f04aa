using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.V1;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests.Connection;

public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-cli-").FullName;
    private readonly Authority _ours = new("CN=EdgeBox CA");

    public void Dispose()
    {
        _ours.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Call_BoxAndClientOfOneCa_PresentsTheClientsCertificate()
    {
        var ran = await CallAsync(_ours.Issue("CN=box", Authority.Now.AddDays(1), "127.0.0.1"));
        Assert.Equal((0, "CN=alice"), (ran.Code, ran.Code == 0 ? ran.Document.GetProperty("identity").GetString() : ran.Output));
    }

    [Theory]
    [InlineData(-4000, -3000)]
    [InlineData(3000, 4000)]
    public async Task Call_CertificatesOutOfTheirDates_StillWorks(int from, int to)
    {
        using var authority = new Authority("CN=EdgeBox CA", Authority.Now.AddDays(from), Authority.Now.AddDays(to));
        var ran = await CallAsync(authority.Issue("CN=box", Authority.Now.AddDays(to - 1), "127.0.0.1"), trusted: authority);
        Assert.Equal(0, ran.Code);
    }

    [Fact]
    public async Task Call_BoxOfAnotherCa_IsNotTrusted()
    {
        // Of the same name, as an impostor would.
        using var other = new Authority("CN=EdgeBox CA");
        var ran = await CallAsync(other.Issue("CN=box", Authority.Now.AddDays(1), "127.0.0.1"));
        AssertNotTrusted(ran, "was not issued by the CA that this client was given");
    }

    [Fact]
    public async Task Call_BoxOfAnotherName_IsNotTrusted()
        => AssertNotTrusted(await CallAsync(_ours.Issue("CN=box", Authority.Now.AddDays(1), "10.0.0.1")), "is not for the host name");

    [Fact]
    public async Task Call_ClientCertificatePosingAsABox_IsNotTrusted()
    {
        // Kestrel itself would refuse to serve with such a certificate.
        using var posing = _ours.Issue("CN=mallory", Authority.Now.AddDays(1), "127.0.0.1", usage: "1.3.6.1.5.5.7.3.2");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var token = TestContext.Current.CancellationToken;
        var serving = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync(token);
            await using var tls = new SslStream(connection.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = posing, ApplicationProtocols = [SslApplicationProtocol.Http2] }, token);
                await tls.ReadExactlyAsync(new byte[1_000_000], token);
            });
        }, token);
        _ours.WriteCredentials(_directory);
        var ran = await Cli.RunAsync(["--endpoint", $"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", "--credentials", _directory, "--json", "access", "whoami"]);
        await serving;
        AssertNotTrusted(ran, "was not issued by the CA");
    }

    [Fact]
    public async Task Call_KeyOfAnotherCertificate_IsToldAsUnusable()
    {
        _ours.WriteCredentials(_directory);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(_directory, "alice.key"), key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        var ran = await Cli.RunAsync(["--endpoint", "https://127.0.0.1:1", "--credentials", _directory, "--json", "status"]);
        Assert.Equal((4, "CREDENTIALS_UNUSABLE"), (ran.Code, ran.Document.GetProperty("error").GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnreachable()
    {
        _ours.WriteCredentials(_directory);
        var ran = await Cli.RunAsync(["--endpoint", "https://127.0.0.1:1", "--credentials", _directory, "status"]);
        Assert.Equal(5, ran.Code);
        Assert.Contains("No box answers at https://127.0.0.1:1 (Connection refused).", ran.Error, StringComparison.Ordinal);
    }

    private static void AssertNotTrusted(Ran ran, string why)
    {
        Assert.Equal(6, ran.Code);
        var error = ran.Document.GetProperty("error");
        Assert.Equal("BOX_NOT_TRUSTED", error.GetProperty("reason").GetString());
        Assert.Contains(why, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<Ran> CallAsync(X509Certificate2 server, Authority? trusted = null)
    {
        using var certificate = server;
        await using var box = await ScriptedBox.StartAsync(certificate);
        box.Script.Caller = context => new Caller { Identity = context.GetHttpContext().Connection.ClientCertificate?.Subject ?? "nobody" };
        (trusted ?? _ours).WriteCredentials(_directory);
        return await Cli.RunAsync(["--endpoint", box.Endpoint, "--credentials", _directory, "--json", "access", "whoami"]);
    }
}
