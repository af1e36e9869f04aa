using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>Judges a PKCS #10 request from outside; all that is taken from it is its public key.</summary>
internal static class SigningRequest
{
    /// <summary>The longest request in PEM, in bytes.</summary>
    public const int LongestPem = 16 * 1024;

    private const string Advice = "Send a PKCS #10 request in PEM for an RSA key of 2048 to 8192 bits or an EC key on P-256 or P-384.";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    /// <summary>The request's public key, once its owner has proven to hold the private one.</summary>
    /// <exception cref="FailureException">INVALID_SIGNING_REQUEST.</exception>
    public static PublicKey PublicKeyOf(string pem)
    {
        if (Encoding.UTF8.GetByteCount(pem) > LongestPem)
        {
            throw Refuse($"it is longer than {LongestPem} bytes");
        }

        try
        {
            // Verifies the request's signature by its own key; its extensions and its subject are not looked at.
            var request = CertificateRequest.LoadSigningRequestPem(
                pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            Check(request.PublicKey);
            return request.PublicKey;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw Refuse(exception is ArgumentException ? "it holds no PEM block CERTIFICATE REQUEST" : "it cannot be read, its signature is wrong or its key is of another kind");
        }
    }

    private static void Check(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        if (rsa is not null)
        {
            if (rsa.KeySize is < 2048 or > 8192)
            {
                throw Refuse($"its RSA key has {rsa.KeySize} bits");
            }

            return;
        }

        using var ec = key.GetECDsaPublicKey() ?? throw Refuse("its key is neither RSA nor EC");
        var curve = ec.ExportParameters(false).Curve;
        if (!curve.IsNamed || curve.Oid.Value is not (P256 or P384))
        {
            throw Refuse("its EC key is on another curve than P-256 and P-384");
        }
    }

    private static FailureException Refuse(string problem) =>
        new(ErrorReason.InvalidSigningRequest, $"The signing request is not usable: {problem}. {Advice}", ("problem", problem));
}
