using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeBox.Daemon.Access;

/// <summary>Makes the box's certificates: the CA, the server's, the clients'. Pure: keys and names in, certificates out.</summary>
internal static class BoxCertificates
{
    /// <summary>From long before any clock can say, so that a wrong clock never breaks TLS.</summary>
    public static readonly DateTimeOffset Always = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>RFC 5280's "no well-defined end": what ends a certificate is revocation, which is the box's own.</summary>
    public static readonly DateTimeOffset Never = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid s_clientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Makes the CA with a fresh P-256 key; the result holds the key.</summary>
    public static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var suffix = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));
        var request = new CertificateRequest($"CN=EdgeBox CA {suffix}, O=EdgeBox", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Always, Never);
    }

    /// <summary>Makes the server's certificate with a fresh P-256 key; the result holds the key.</summary>
    /// <param name="authority">The CA with its key.</param>
    /// <param name="names">DNS names and IP addresses under which clients reach the box.</param>
    public static X509Certificate2 MakeServer(X509Certificate2 authority, IEnumerable<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=EdgeBox, O=EdgeBox", key, HashAlgorithmName.SHA256);
        AddLeafExtensions(request, authority, s_serverAuthentication);
        request.CertificateExtensions.Add(AlternativeNames(names));
        using var certificate = Sign(request, authority, Never, NewSerial());
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>Makes a client's certificate for a key that the caller has checked.</summary>
    /// <param name="authority">The CA with its key.</param>
    /// <param name="key">The client's public key.</param>
    /// <param name="name">Whom it is for: the CN.</param>
    /// <param name="role">The role's name: the OU, for people to read; the database decides.</param>
    /// <param name="expires">When it ends.</param>
    public static X509Certificate2 MakeClient(X509Certificate2 authority, PublicKey key, CertificateName name, string role, DateTimeOffset expires)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name.Value);
        subject.AddOrganizationalUnitName(role);
        subject.AddOrganizationName("EdgeBox");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        AddLeafExtensions(request, authority, s_clientAuthentication);
        return Sign(request, authority, expires, NewSerial());
    }

    /// <summary>The names that a certificate is for, sorted; to see whether it still fits.</summary>
    public static IReadOnlyList<string> NamesOf(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SingleOrDefault();
        return extension is null
            ? []
            : [.. extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(a => a.ToString())).Order(StringComparer.Ordinal)];
    }

    private static X509Extension AlternativeNames(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }

    private static void AddLeafExtensions(CertificateRequest request, X509Certificate2 authority, Oid purpose)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([purpose], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
    }

    // With a generator and not with the issuer's certificate: that overload compares local times, which end before 9999-12-31 UTC does.
    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 authority, DateTimeOffset expires, byte[] serial)
    {
        using var key = authority.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The CA has no key.");
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), Always, expires, serial);
    }

    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }
}
