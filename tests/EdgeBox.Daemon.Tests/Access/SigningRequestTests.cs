using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Access;

public sealed class SigningRequestTests
{
    public static TheoryData<string, string> BadRequests
    {
        get
        {
            using var small = RSA.Create(1024);
            using var odd = ECDsa.Create(ECCurve.NamedCurves.nistP521);
            using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var lines = Ec(good).Split('\n');
            var der = Convert.FromBase64String(string.Concat(lines[1..^1]));
            der[^5] ^= 1;
            return new()
            {
                { "RSA 1024", new CertificateRequest("CN=x", small, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem() },
                { "P-521", Ec(odd) },
                { "wrong signature", PemEncoding.WriteString("CERTIFICATE REQUEST", der) },
                { "no PEM", "nonsense" },
                { "another PEM", good.ExportSubjectPublicKeyInfoPem() },
                { "too long", Ec(good) + new string('\n', 16 * 1024) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task Issue_BadSigningRequest_IsRefusedWithTheProblem(string what, string pem)
    {
        await using var box = await TestAppliance.StartAsync();
        var facts = await box.Access().IssueCertificateAsync(new IssueCertificateRequest { Name = "x", Role = Role.Client, CsrPem = pem }).ResponseAsync
            .IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidSigningRequest);
        Assert.True(facts["problem"].Length > 0, what);
        Assert.Empty((await box.Access().ListCertificatesAsync(new ListCertificatesRequest())).Certificates);
    }

    [Fact]
    public async Task Issue_SigningRequest_TakesTheKeyAndNotTheSubject()
    {
        await using var box = await TestAppliance.StartAsync();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=admin, O=Elsewhere", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var issued = await box.Access().IssueCertificateAsync(
            new IssueCertificateRequest { Name = "grace", Role = Role.Client, CsrPem = request.CreateSigningRequestPem() });
        Assert.Empty(issued.PrivateKeyPem);
        using var bare = X509Certificate2.CreateFromPem(issued.CertificatePem);
        Assert.Equal("CN=grace, OU=client, O=EdgeBox", bare.SubjectName.Name);
        Assert.False(bare.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(9999, bare.NotAfter.Year);
        using var certificate = bare.CopyWithPrivateKey(key);
        var caller = await new V1.AccessService.AccessServiceClient(box.Tls(certificate)).GetCallerAsync(new GetCallerRequest());
        Assert.Equal(("cert:grace", Role.Client), (caller.Identity, caller.Role));
    }

    [Theory]
    [InlineData("", Role.Client, 0, "name")]
    [InlineData("-x", Role.Client, 0, "name")]
    [InlineData("Alice", Role.Client, 0, "name")]
    [InlineData("a/b", Role.Client, 0, "name")]
    [InlineData("a\n", Role.Client, 0, "name")]
    [InlineData("x", Role.Unspecified, 0, "role")]
    [InlineData("x", Role.Technician, 0, "role")]
    [InlineData("x", (Role)99, 0, "role")]
    [InlineData("x", Role.Client, 59, "valid_for")]
    [InlineData("x", Role.Client, -1, "valid_for")]
    [InlineData("x", Role.Client, long.MaxValue, "valid_for")]
    public async Task Issue_BadField_IsNamed(string name, Role role, long seconds, string field)
    {
        await using var box = await TestAppliance.StartAsync();
        var request = new IssueCertificateRequest { Name = name, Role = role, ValidFor = seconds == 0 ? null : new Duration { Seconds = seconds } };
        var facts = await box.Access().IssueCertificateAsync(request).ResponseAsync.IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
        Assert.Equal(field, facts["field"]);
    }

    [Fact]
    public async Task Revoke_UnknownName_IsNotFound()
    {
        await using var box = await TestAppliance.StartAsync();
        await box.Access().RevokeCertificateAsync(new RevokeCertificateRequest { Name = "nobody" }).ResponseAsync
            .IsRefused(StatusCode.NotFound, ErrorReason.CertificateNotFound);
    }

    [Fact]
    public async Task Identity_SecondStart_KeepsTheCaAndMakesAServerCertificateForNewNames()
    {
        using var directory = new TestDirectory();
        string id;
        await using (var box = await TestAppliance.StartAsync(directory))
        {
            id = box.Get<Daemon.Access.BoxIdentity>().BoxId;
            Assert.DoesNotContain("box.example", Daemon.Access.BoxCertificates.NamesOf(box.Get<Daemon.Access.BoxIdentity>().Server.TargetCertificate));
        }

        await using var again = await TestAppliance.StartAsync(directory, args: ["--host-name", "box.example", "--host-name=10.1.2.3"]);
        Assert.Equal(id, again.Get<Daemon.Access.BoxIdentity>().BoxId);
        var names = Daemon.Access.BoxCertificates.NamesOf(again.Get<Daemon.Access.BoxIdentity>().Server.TargetCertificate);
        Assert.Superset(new HashSet<string> { "box.example", "10.1.2.3", "localhost", "127.0.0.1", "::1" }, names.ToHashSet());
    }

    [Fact]
    public async Task Identity_KeyFileOthersCanRead_IsRefused()
    {
        using var directory = new TestDirectory();
        await using (await TestAppliance.StartAsync(directory))
        {
        }

        File.SetUnixFileMode(directory.Combine("state/authority.pem"), (UnixFileMode)0x1a4);
        var failure = await Assert.ThrowsAsync<Daemon.Failures.FailureException>(() => TestAppliance.StartAsync(directory));
        Assert.Contains("authority.pem", failure.Message);
    }

    private static string Ec(ECDsa key) => new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
}
