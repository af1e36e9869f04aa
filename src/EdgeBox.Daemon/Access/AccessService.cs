using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Access;

/// <summary>The wire face of <see cref="CertificateRegistry"/>, and where a caller learns who it is.</summary>
internal sealed class AccessService(BoxIdentity identity, CertificateRegistry registry, ConnectionRegistry connections, TrustedClock clock)
    : V1.AccessService.AccessServiceBase
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    public override async Task<IssueCertificateResponse> IssueCertificate(IssueCertificateRequest request, ServerCallContext context)
    {
        var name = CertificateName.Parse(request.Name);
        var role = RoleOf(request.Role);
        var now = clock.Now;
        var expires = ExpiryOf(request.ValidFor, now);
        using var ownKey = request.CsrPem.Length == 0 ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var key = ownKey is null ? SigningRequest.PublicKeyOf(request.CsrPem) : new PublicKey(ownKey);
        using var made = BoxCertificates.MakeClient(identity.Authority, key, name, RoleNames.NameOf(role), expires ?? BoxCertificates.Never);
        var kept = await registry.AddAsync(
            new IssuedCertificate(
                0,
                made.SerialNumber.ToLowerInvariant(),
                name.Value,
                role,
                made.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(),
                now,
                expires,
                null),
            context.GetCaller().Identity,
            context.CancellationToken);
        return new IssueCertificateResponse
        {
            Certificate = ToMessage(kept),
            CertificatePem = made.ExportCertificatePem(),
            PrivateKeyPem = ownKey?.ExportPkcs8PrivateKeyPem() ?? string.Empty,
            CaPem = identity.AuthorityPem,
        };
    }

    public override Task<ListCertificatesResponse> ListCertificates(ListCertificatesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListCertificatesResponse { Certificates = { registry.All.Select(ToMessage) } });

    public override async Task<Certificate> RevokeCertificate(RevokeCertificateRequest request, ServerCallContext context)
    {
        var revoked = await registry.RevokeAsync(request.Name, context.GetCaller().Identity, clock.Now, context.CancellationToken);
        connections.End(revoked.Serial);
        return ToMessage(revoked);
    }

    public override Task<Caller> GetCaller(GetCallerRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        return Task.FromResult(new Caller { Identity = caller.Identity, Role = caller.Role, Endpoint = caller.Endpoint });
    }

    private static Role RoleOf(Role role) => role is Role.Client or Role.Operator or Role.Admin
        ? role
        : throw new FailureException(ErrorReason.InvalidArgument, "role must be client, operator or admin.", ("field", "role"));

    private static DateTimeOffset? ExpiryOf(Duration? validFor, DateTimeOffset now)
    {
        if (validFor is null)
        {
            return null;
        }

        var seconds = validFor.Seconds;
        if (seconds < (long)s_shortest.TotalSeconds || seconds > (long)(BoxCertificates.Never - now).TotalSeconds)
        {
            throw new FailureException(
                ErrorReason.InvalidArgument,
                "valid_for must be at least one minute and end before the year 10000; leave it unset for a certificate that holds until it is revoked.",
                ("field", "valid_for"),
                ("limit", "60s"));
        }

        // Certificates count in whole seconds.
        return DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + seconds);
    }

    private static Certificate ToMessage(IssuedCertificate certificate) => new()
    {
        Name = certificate.Name,
        Serial = certificate.Serial,
        Role = certificate.Role,
        IssueTime = Timestamp.FromDateTimeOffset(certificate.Issued),
        ExpireTime = certificate.Expires is { } expires ? Timestamp.FromDateTimeOffset(expires) : null,
        RevokeTime = certificate.Revoked is { } revoked ? Timestamp.FromDateTimeOffset(revoked) : null,
        Fingerprint = certificate.Fingerprint,
    };
}
