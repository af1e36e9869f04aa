using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.V1;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests.Access;

/// <summary>A box with a model whose answers do not end, shared by the tests of who may do what.</summary>
public sealed class AccessBox(SharedModels models) : IAsyncLifetime
{
    /// <summary>The name of the model.</summary>
    internal const string Model = "endless";

    private int _names;

    internal RunningBox Box { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Box = await RunningBox.StartAsync();
        await Box.LoadAsync(models.Endless, Model, slots: 4, context: 32768);
    }

    public ValueTask DisposeAsync() => Box?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A client with a certificate of its own, and what the box said when it was issued.</summary>
    internal async Task<(GrpcChannel Channel, IssueCertificateResponse Issued)> ClientAsync(Role role)
    {
        var issued = await Box.IssueAsync($"client-{Interlocked.Increment(ref _names)}", role);
        return (Box.TlsChannel(RunningBox.Certificate(issued), issued.CaPem), issued);
    }

    /// <summary>The box's CA with its key, as whoever can read the box's state has it.</summary>
    internal X509Certificate2 StolenAuthority()
    {
        foreach (var file in Directory.EnumerateFiles(Box.StateDirectory, "*.pem", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            if (text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal) && text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            {
                var found = X509Certificate2.CreateFromPem(text, text);
                if (found.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority))
                {
                    return found;
                }
            }
        }

        throw new InvalidOperationException("The CA was not found in the state directory.");
    }

    /// <summary>Makes a client certificate with a key.</summary>
    /// <param name="authority">Who signs it; null: a CA made for this.</param>
    /// <param name="serial">Its serial number, hexadecimal.</param>
    internal static X509Certificate2 Forge(X509Certificate2? authority, string serial)
    {
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = authority is null ? SelfSigned(ownKey) : null;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mallory, OU=admin, O=EdgeBox", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        var issuer = authority ?? own!;
        using var made = request.Create(issuer, issuer.NotBefore, issuer.NotAfter, Convert.FromHexString(serial));
        using var withKey = made.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2 SelfSigned(ECDsa key)
    {
        var request = new CertificateRequest("CN=EdgeBox CA, O=EdgeBox", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
