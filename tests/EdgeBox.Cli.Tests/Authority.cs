using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeBox.Cli.Tests;

/// <summary>A CA like a box's own.</summary>
internal sealed class Authority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _from;

    /// <summary>The time of this run.</summary>
    public static DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    public Authority(string name, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        _from = from ?? Now.AddDays(-1);
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Certificate = request.CreateSelfSigned(_from, to ?? Now.AddDays(10));
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

    /// <summary>Writes a client's certificate and key and this CA into a directory, as the box does.</summary>
    public void WriteCredentials(string directory)
    {
        using var client = Issue("CN=alice", Certificate.NotAfter, host: null, usage: "1.3.6.1.5.5.7.3.2");
        File.WriteAllText(Path.Combine(directory, "alice.crt"), client.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "alice.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(directory, "ca.crt"), Certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }
}
