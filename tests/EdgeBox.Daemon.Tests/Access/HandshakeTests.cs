using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Access;

public sealed class HandshakeTests
{
    [Fact]
    public async Task Tls_NoCertificate_IsRefusedAndAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        await AssertRefusedAsync(box, null, "no certificate", "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Tls_CertificateOfAnotherCa_IsRefusedAndAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        using var other = BoxCertificates.MakeAuthority();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = BoxCertificates.MakeClient(other, new PublicKey(key), CertificateName.Parse("mallory"), "admin", BoxCertificates.Never);
        using var certificate = made.CopyWithPrivateKey(key);
        await AssertRefusedAsync(box, certificate, "certificate of another CA or for another purpose", "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Tls_CertificateOfTheBoxThatIsNotListed_IsRefusedAndAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = BoxCertificates.MakeClient(
            box.Get<BoxIdentity>().Authority, new PublicKey(key), CertificateName.Parse("mallory"), "admin", BoxCertificates.Never);
        using var certificate = made.CopyWithPrivateKey(key);
        await AssertRefusedAsync(box, certificate, "certificate that is not on the list", "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Tls_ServerCertificateAsClient_IsRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        using var made = BoxCertificates.MakeServer(box.Get<BoxIdentity>().Authority, ["localhost"]);
        await AssertRefusedAsync(box, made, "certificate of another CA or for another purpose", "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Tls_RevokedCertificate_IsRefusedAndAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("bob", Role.Client);
        await box.Access().RevokeCertificateAsync(new RevokeCertificateRequest { Name = "bob" });
        await AssertRefusedAsync(box, certificate, "revoked certificate", "CERTIFICATE_REVOKED");
        Assert.Equal("certificates/bob", Assert.Single(await box.RecordsAsync("access.revoked")).Subject);
    }

    [Fact]
    public async Task Tls_ExpiredCertificate_IsRefusedAndAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        var issued = await box.Access().IssueCertificateAsync(
            new IssueCertificateRequest { Name = "dave", Role = Role.Client, ValidFor = Duration.FromTimeSpan(TimeSpan.FromHours(1)) });
        using var certificate = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.PrivateKeyPem);
        var open = new V1.AccessService.AccessServiceClient(box.Tls(certificate));
        Assert.Equal("cert:dave", (await open.GetCallerAsync(new GetCallerRequest())).Identity);
        box.Time.Advance(TimeSpan.FromHours(2));

        // The connection that is open already opens no more calls; a new one is not made at all.
        await open.GetCallerAsync(new GetCallerRequest()).IsRefused(StatusCode.Unauthenticated, ErrorReason.Unauthenticated);
        await AssertRefusedAsync(box, certificate, "expired certificate", "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Revoke_OpenStream_EndsWithinASecond()
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("erin", Role.Operator);
        using var other = await box.IssueAsync("frank", Role.Operator);
        var health = new Grpc.Health.V1.Health.HealthClient(box.Tls(certificate));
        using var watch = health.Watch(new Grpc.Health.V1.HealthCheckRequest());
        Assert.True(await watch.ResponseStream.MoveNext(default));
        using var kept = new Grpc.Health.V1.Health.HealthClient(box.Tls(other)).Watch(new Grpc.Health.V1.HealthCheckRequest());
        Assert.True(await kept.ResponseStream.MoveNext(default));
        await box.Access().RevokeCertificateAsync(new RevokeCertificateRequest { Name = "erin" });
        await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default).WaitAsync(TimeSpan.FromSeconds(1)));
        Assert.False(kept.ResponseStream.MoveNext(default).IsCompleted);
    }

    [Theory]
    [InlineData(1970)]
    [InlineData(2038)]
    [InlineData(9000)]
    public async Task Tls_MachineClockIsWrong_StillWorks(int year)
    {
        using var directory = new TestDirectory();
        await using (var before = await TestAppliance.StartAsync(directory))
        {
            using var early = await before.IssueAsync("early", Role.Client);
            await File.WriteAllTextAsync(directory.Combine("early.pem"), early.ExportCertificatePem() + "\n" + early.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }

        await using var box = await TestAppliance.StartAsync(directory, new DateTimeOffset(year, 1, 20, 0, 0, 0, TimeSpan.Zero));
        var pem = await File.ReadAllTextAsync(directory.Combine("early.pem"));
        using var kept = X509Certificate2.CreateFromPem(pem, pem);
        using var late = await box.IssueAsync("late", Role.Client);
        Assert.Equal("cert:early", (await new V1.AccessService.AccessServiceClient(box.Tls(kept)).GetCallerAsync(new GetCallerRequest())).Identity);
        Assert.Equal("cert:late", (await new V1.AccessService.AccessServiceClient(box.Tls(late)).GetCallerAsync(new GetCallerRequest())).Identity);
    }

    private static async Task AssertRefusedAsync(TestAppliance box, X509Certificate2? certificate, string problem, string reason)
    {
        var client = new V1.AccessService.AccessServiceClient(box.Tls(certificate));
        await Assert.ThrowsAsync<RpcException>(() => client.GetCallerAsync(new GetCallerRequest()).ResponseAsync);
        var record = (await box.RecordsAsync("handshake.refused"))[0];
        Assert.Equal(("address:127.0.0.1", problem, reason), (record.Actor, record.Subject, record.Facts["reason"]));
        Assert.Equal(certificate?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant() ?? "none", record.Facts["fingerprint"]);
    }
}
