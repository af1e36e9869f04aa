using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EdgeBox.Daemon.Access;

/// <summary>Judges the client's certificate in every TLS handshake, by the box's own CA, time and list; refusals are audited.</summary>
internal sealed class ClientDoor(BoxIdentity identity, CertificateRegistry certificates, TrustedClock clock, AuditLog audit)
{
    private static readonly Oid s_clientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>The options of one handshake; on success the connection carries a <see cref="CallerIdentity"/>.</summary>
    public ValueTask<SslServerAuthenticationOptions> OptionsFor(TlsHandshakeCallbackContext context)
    {
        var connection = context.Connection;
        return ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = identity.Server,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PolicyAt(clock.Now),
            // A resumed session would carry over a judgement that may no longer hold.
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => Judge(connection, certificate as X509Certificate2, chain),
        });
    }

    /// <summary>Whether <paramref name="caller"/>'s certificate is still in force.</summary>
    public bool StillAdmits(CallerIdentity caller) => caller.Serial is { } serial && certificates.Find(serial)?.InForceAt(clock.Now) == true;

    private X509ChainPolicy PolicyAt(DateTimeOffset now) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { identity.Authority },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationTimeIgnored = false,
        VerificationTime = now.UtcDateTime,
        ApplicationPolicy = { s_clientAuthentication },
    };

    private bool Judge(ConnectionContext connection, X509Certificate2? certificate, X509Chain? chain)
    {
        var (reason, problem, found) = Verdict(certificate, chain);
        if (found is not null && problem.Length == 0)
        {
            connection.Features.Set(CallerIdentity.OfCertificate(found));
            return true;
        }

        audit.Refused(AuditEntry.Of(
            "handshake.refused",
            Peer.AddressOf(connection),
            problem,
            ("reason", FailureTable.NameOf(reason)),
            ("fingerprint", certificate?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant() ?? "none"),
            ("name", found?.Name ?? "unknown")));
        return false;
    }

    private (ErrorReason Reason, string Problem, IssuedCertificate? Found) Verdict(X509Certificate2? certificate, X509Chain? chain)
    {
        if (certificate is null || chain is null)
        {
            return (ErrorReason.Unauthenticated, "no certificate", null);
        }

        var found = certificates.Find(certificate.SerialNumber.ToLowerInvariant());
        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((faults & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
        {
            return (ErrorReason.Unauthenticated, "certificate of another CA or for another purpose", null);
        }

        // Signed by the box's CA, and yet the list decides: a restored or stolen CA key alone opens nothing.
        if (found is null || !found.Fingerprint.Equals(certificate.GetCertHashString(HashAlgorithmName.SHA256), StringComparison.OrdinalIgnoreCase))
        {
            return (ErrorReason.Unauthenticated, "certificate that is not on the list", null);
        }

        if (found.Revoked is not null)
        {
            return (ErrorReason.CertificateRevoked, "revoked certificate", found);
        }

        return faults != X509ChainStatusFlags.NoError || !found.InForceAt(clock.Now)
            ? (ErrorReason.Unauthenticated, "expired certificate", found)
            : (ErrorReason.Internal, string.Empty, found);
    }
}
