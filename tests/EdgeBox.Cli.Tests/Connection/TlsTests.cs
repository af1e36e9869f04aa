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
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();
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
        var ran = await CallAsync(_ours.Issue("CN=box", s_now.AddDays(1), "127.0.0.1"));
        Assert.Equal((0, "CN=alice"), (ran.Code, ran.Code == 0 ? ran.Document.GetProperty("identity").GetString() : ran.Output));
    }

    [Theory]
    [InlineData(-4000, -3000)]
    [InlineData(3000, 4000)]
    public async Task Call_CertificatesOutOfTheirDates_StillWorks(int from, int to)
    {
        using var authority = new Authority("CN=EdgeBox CA", s_now.AddDays(from), s_now.AddDays(to));
        var ran = await CallAsync(authority.Issue("CN=box", s_now.AddDays(to - 1), "127.0.0.1"), trusted: authority);
        Assert.Equal(0, ran.Code);
    }

    [Fact]
    public async Task Call_BoxOfAnotherCa_IsNotTrusted()
    {
        // Of the same name, as an impostor would.
        using var other = new Authority("CN=EdgeBox CA");
        var ran = await CallAsync(other.Issue("CN=box", s_now.AddDays(1), "127.0.0.1"));
        AssertNotTrusted(ran, "was not issued by the CA that this client was given");
    }

    [Fact]
    public async Task Call_BoxOfAnotherName_IsNotTrusted()
        => AssertNotTrusted(await CallAsync(_ours.Issue("CN=box", s_now.AddDays(1), "10.0.0.1")), "is not for the host name");

    [Fact]
    public async Task Call_ClientCertificatePosingAsABox_IsNotTrusted()
    {
        // Kestrel itself would refuse to serve with such a certificate.
        using var posing = _ours.Issue("CN=mallory", s_now.AddDays(1), "127.0.0.1", usage: "1.3.6.1.5.5.7.3.2");
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
        WriteCredentials(_ours);
        var ran = await Cli.RunAsync(["--endpoint", $"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", "--credentials", _directory, "--json", "access", "whoami"]);
        await serving;
        AssertNotTrusted(ran, "was not issued by the CA");
    }

    [Fact]
    public async Task Call_KeyOfAnotherCertificate_IsToldAsUnusable()
    {
        WriteCredentials(_ours);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(_directory, "alice.key"), key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        var ran = await Cli.RunAsync(["--endpoint", "https://127.0.0.1:1", "--credentials", _directory, "--json", "status"]);
        Assert.Equal((4, "CREDENTIALS_UNUSABLE"), (ran.Code, ran.Document.GetProperty("error").GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnreachable()
    {
        WriteCredentials(_ours);
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
        WriteCredentials(trusted ?? _ours);
        return await Cli.RunAsync(["--endpoint", box.Endpoint, "--credentials", _directory, "--json", "access", "whoami"]);
    }

    private void WriteCredentials(Authority authority)
    {
        using var client = authority.Issue("CN=alice", authority.Certificate.NotAfter, host: null, usage: "1.3.6.1.5.5.7.3.2");
        File.WriteAllText(Path.Combine(_directory, "alice.crt"), client.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "alice.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), authority.Certificate.ExportCertificatePem());
    }

    private sealed class Authority : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly DateTimeOffset _from;

        public Authority(string name, DateTimeOffset? from = null, DateTimeOffset? to = null)
        {
            _from = from ?? s_now.AddDays(-1);
            var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            Certificate = request.CreateSelfSigned(_from, to ?? s_now.AddDays(10));
        }

        public X509Certificate2 Certificate { get; }

        public X509Certificate2 Issue(string name, DateTimeOffset to, string? host, string usage = "1.3.6.1.5.5.7.3.1")
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
            if (host is not null)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddIpAddress(IPAddress.Parse(host));
                request.CertificateExtensions.Add(names.Build());
            }
            using var signed = request.Create(Certificate, _from, to > Certificate.NotAfter ? Certificate.NotAfter : to, RandomNumberGenerator.GetBytes(8));
            return signed.CopyWithPrivateKey(key);
        }

        public void Dispose()
        {
            _key.Dispose();
            Certificate.Dispose();
        }
    }
}
