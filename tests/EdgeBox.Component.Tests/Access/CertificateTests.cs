using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Access;

/// <summary>Over the network only a certificate that the box issued and did not revoke opens the door, and only as far as its role goes.</summary>
[Trait("Tier", "component")]
public sealed class CertificateTests(AccessBox fixture) : IClassFixture<AccessBox>
{
    private const string Admitted = "An issued certificate must open the door, or the refusals here prove nothing.";

    private readonly RunningBox _box = fixture.Box;

    [Fact]
    public async Task Handshake_WithoutACertificate_IsRefusedAndAudited()
    {
        var (_, issued) = await fixture.ClientAsync(Role.Client);

        await AssertRefusedAtTheDoorAsync(null, issued.CaPem);

        var record = await _box.RecordAsync("handshake.refused", r => r.Facts["fingerprint"] == "none");
        Assert.Equal("UNAUTHENTICATED", record.Facts["reason"]);
        Assert.StartsWith("address:127.0.0.1", record.Actor, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_CertificateOfAnotherAuthority_IsRefusedAndAudited()
    {
        var (_, issued) = await fixture.ClientAsync(Role.Client);
        using var forged = AccessBox.Forge(null, "0123456789abcdef");

        await AssertRefusedAtTheDoorAsync(forged, issued.CaPem);

        Assert.Equal("UNAUTHENTICATED", (await RecordOfAsync(forged)).Facts["reason"]);
    }

    [Fact]
    public async Task Handshake_ForgedSerialOfAnAdmin_IsRefusedAndAudited()
    {
        var (_, issued) = await fixture.ClientAsync(Role.Admin);
        using var forged = AccessBox.Forge(null, issued.Certificate.Serial);

        await AssertRefusedAtTheDoorAsync(forged, issued.CaPem);

        Assert.Equal("UNAUTHENTICATED", (await RecordOfAsync(forged)).Facts["reason"]);
    }

    [Fact]
    public async Task Handshake_SignedByTheBoxButUnknownToIt_IsRefusedAndAudited()
    {
        var (_, issued) = await fixture.ClientAsync(Role.Client);
        using var authority = fixture.StolenAuthority();
        using var forged = AccessBox.Forge(authority, "0123456789abcdef");

        await AssertRefusedAtTheDoorAsync(forged, issued.CaPem);

        var record = await RecordOfAsync(forged);
        Assert.Equal("UNAUTHENTICATED", record.Facts["reason"]);
        Assert.Contains("not on the list", record.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_SignedByTheBoxWithAKnownSerial_IsRefusedAndAudited()
    {
        var (_, issued) = await fixture.ClientAsync(Role.Admin);
        using var authority = fixture.StolenAuthority();
        using var forged = AccessBox.Forge(authority, issued.Certificate.Serial);

        await AssertRefusedAtTheDoorAsync(forged, issued.CaPem);

        Assert.Equal("UNAUTHENTICATED", (await RecordOfAsync(forged)).Facts["reason"]);
    }

    [Fact]
    public async Task Revoke_ACertificateInUse_EndsItsStreamWithinASecondAndShutsTheDoor()
    {
        var (channel, issued) = await fixture.ClientAsync(Role.Client);
        var (bystander, _) = await fixture.ClientAsync(Role.Client);
        using var call = new InferenceService.InferenceServiceClient(channel).Chat(BoxExtensions.Question(AccessBox.Model, "Go on."), deadline: BoxExtensions.Deadline);
        using var other = new InferenceService.InferenceServiceClient(bystander).Chat(BoxExtensions.Question(AccessBox.Model, "Go on."), deadline: BoxExtensions.Deadline);
        await ReadUntilTextAsync(call);
        await ReadUntilTextAsync(other);

        var began = Stopwatch.GetTimestamp();
        await _box.Access.RevokeCertificateAsync(new RevokeCertificateRequest { Name = issued.Certificate.Name });
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        });
        var took = Stopwatch.GetElapsedTime(began);

        Assert.True(took < TimeSpan.FromSeconds(1), $"The stream went on for {took.TotalMilliseconds} ms after the revocation.");
        await ReadUntilTextAsync(other);
        using var certificate = RunningBox.Certificate(issued);
        await AssertRefusedAtTheDoorAsync(certificate, issued.CaPem);
        Assert.Equal("CERTIFICATE_REVOKED", (await RecordOfAsync(certificate)).Facts["reason"]);
        var revoked = await _box.RecordAsync("access.revoked", r => r.Subject == "certificates/" + issued.Certificate.Name);
        Assert.Equal(issued.Certificate.Serial, revoked.Facts["serial"]);
        TestContext.Current.SendDiagnosticMessage($"stream ended {took.TotalMilliseconds:0} ms after the revocation was asked for");
    }

    [Theory]
    [InlineData(Role.Client)]
    [InlineData(Role.Operator)]
    public async Task Call_AboveTheCallersRole_IsRefusedAndAudited(Role role)
    {
        var (channel, issued) = await fixture.ClientAsync(role);
        var above = RawCall.Contract.Where(method => method.GetOptions().GetExtension(RolesExtensions.RequiredRole) > role).ToList();
        Assert.NotEmpty(above);

        foreach (var method in above)
        {
            var required = method.GetOptions().GetExtension(RolesExtensions.RequiredRole);
            var refusal = await Refusal.OfAsync(() => RawCall.SendAsync(channel, method, []));

            Assert.Equal(ErrorReason.PermissionDenied, refusal.Reason);
            Assert.Equal(NameOf(role), refusal.Facts["role"]);
            Assert.Equal(NameOf(required), refusal.Facts["required_role"]);
            var record = await _box.RecordAsync("call.refused",
                r => r.Actor == "cert:" + issued.Certificate.Name && r.Subject.EndsWith(method.Name, StringComparison.Ordinal));
            Assert.Equal("PERMISSION_DENIED", record.Facts["reason"]);
        }
    }

    [Fact]
    public async Task Call_ByCertificate_IsTakenForItsNameAndRole()
    {
        foreach (var role in new[] { Role.Client, Role.Operator, Role.Admin })
        {
            var (channel, issued) = await fixture.ClientAsync(role);

            var caller = await new AccessService.AccessServiceClient(channel).GetCallerAsync(new GetCallerRequest(), deadline: BoxExtensions.Deadline);

            Assert.Equal(("cert:" + issued.Certificate.Name, role, "tls"), (caller.Identity, caller.Role, caller.Endpoint));
        }
    }

    [Fact]
    public async Task Issue_ForASigningRequest_TheKeyNeverLeavesItsOwner()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=whatever, OU=admin", key, HashAlgorithmName.SHA256);

        var issued = await _box.Access.IssueCertificateAsync(
            new IssueCertificateRequest { Name = "with-csr", Role = Role.Client, CsrPem = request.CreateSigningRequestPem() });

        Assert.Empty(issued.PrivateKeyPem);
        using var pem = X509Certificate2.CreateFromPem(issued.CertificatePem);
        using var withKey = pem.CopyWithPrivateKey(key);
        using var certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        var caller = await new AccessService.AccessServiceClient(_box.TlsChannel(certificate, issued.CaPem))
            .GetCallerAsync(new GetCallerRequest(), deadline: BoxExtensions.Deadline);
        Assert.Equal(("cert:with-csr", Role.Client), (caller.Identity, caller.Role));
    }

    private async Task AssertRefusedAtTheDoorAsync(X509Certificate2? certificate, string caPem)
    {
        var (admitted, _) = await fixture.ClientAsync(Role.Client);
        Assert.True((await new AccessService.AccessServiceClient(admitted).GetCallerAsync(new GetCallerRequest(), deadline: BoxExtensions.Deadline)).Role == Role.Client, Admitted);

        var client = new AccessService.AccessServiceClient(_box.TlsChannel(certificate, caPem));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.GetCallerAsync(new GetCallerRequest(), deadline: BoxExtensions.Deadline));

        Assert.True(refused.StatusCode is StatusCode.Unavailable or StatusCode.Internal, refused.Status.ToString());
    }

    private Task<AuditRecord> RecordOfAsync(X509Certificate2 certificate)
    {
        var fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        return _box.RecordAsync("handshake.refused", record => record.Facts["fingerprint"] == fingerprint);
    }

    private static async Task ReadUntilTextAsync(AsyncServerStreamingCall<ChatResponse> call)
    {
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }
        while (call.ResponseStream.Current.Delta is null);
    }

    private static string NameOf(Role role) => role.ToString().ToLowerInvariant();
}
