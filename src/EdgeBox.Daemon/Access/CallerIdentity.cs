using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>Who the box takes the other end of a connection for.</summary>
/// <param name="Identity">E.g. <c>cert:alice</c>, <c>uid:1000</c>.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Endpoint">The endpoint it came by: <c>unix</c>, <c>tls</c> or <c>gateway</c>.</param>
/// <param name="Serial">Serial number of its certificate; null on the Unix socket.</param>
internal sealed record CallerIdentity(string Identity, Role Role, string Endpoint, string? Serial = null)
{
    /// <summary>A connection whose other end proved nothing.</summary>
    public static CallerIdentity Anonymous { get; } = new("anonymous", Role.Anyone, "unknown");

    /// <summary>What the gateway's endpoints are called, with TLS or without.</summary>
    public const string GatewayEndpoint = "gateway";

    /// <summary>A connection to the gateway, where not the connection proves something but each request does, by its key.</summary>
    public static CallerIdentity OfGateway { get; } = new("anonymous", Role.Anyone, GatewayEndpoint);

    /// <summary>The other end of the Unix socket.</summary>
    public static CallerIdentity OfUser(uint uid, Role role) =>
        new(string.Create(CultureInfo.InvariantCulture, $"uid:{uid}"), role, "unix");

    /// <summary>The holder of one of the box's certificates.</summary>
    public static CallerIdentity OfCertificate(IssuedCertificate certificate) =>
        new($"cert:{certificate.Name}", certificate.Role, "tls", certificate.Serial);
}

/// <summary>A role as people write it.</summary>
internal static class RoleNames
{
    /// <summary>E.g. <c>operator</c>.</summary>
    public static string NameOf(Role role) => role switch
    {
        Role.Anyone => "anyone",
        Role.Client => "client",
        Role.Operator => "operator",
        Role.Technician => "technician",
        Role.Admin => "admin",
        _ => "none",
    };
}
