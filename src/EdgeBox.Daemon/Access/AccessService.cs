using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Access;

/// <summary>The wire face of <see cref="CertificateRegistry"/> and <see cref="KeyDesk"/>, and where a caller learns who it is.</summary>
internal sealed class AccessService(BoxIdentity identity, CertificateRegistry registry, ConnectionRegistry connections, KeyDesk keys, TrustedClock clock)
    : V1.AccessService.AccessServiceBase
{
    public override async Task<IssueCertificateResponse> IssueCertificate(IssueCertificateRequest request, ServerCallContext context)
    {
        var name = CertificateName.Parse(request.Name);
        var role = Grants.RoleOf(request.Role);
        var now = clock.Now;
        var expires = Grants.ExpiryOf(request.ValidFor, now);
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

    public override Task<IssueKeyResponse> IssueKey(IssueKeyRequest request, ServerCallContext context) =>
        keys.IssueAsync(request, context.GetCaller().Identity, context.CancellationToken);

    public override Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context) => Task.FromResult(keys.List());

    public override Task<ApiKey> RevokeKey(RevokeKeyRequest request, ServerCallContext context) =>
        keys.RevokeAsync(request, context.GetCaller().Identity, context.CancellationToken);

    public override Task<ApiKey> UpdateKey(UpdateKeyRequest request, ServerCallContext context) =>
        keys.UpdateAsync(request, context.GetCaller().Identity, context.CancellationToken);

    public override Task<ListKeyUsageResponse> ListKeyUsage(ListKeyUsageRequest request, ServerCallContext context) =>
        keys.ListUsageAsync(request, context.CancellationToken);

    public override Task<Caller> GetCaller(GetCallerRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        return Task.FromResult(new Caller { Identity = caller.Identity, Role = caller.Role, Endpoint = caller.Endpoint });
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
