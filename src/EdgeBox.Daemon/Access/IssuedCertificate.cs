using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>What the box keeps of a certificate that it issued.</summary>
/// <param name="Number">1 for the first, and so on.</param>
/// <param name="Serial">Serial number, lower-case hexadecimal.</param>
/// <param name="Name">Whom it is for.</param>
/// <param name="Role">What its holder may do: this, not what the certificate says, decides.</param>
/// <param name="Fingerprint">SHA-256 of its DER, lower-case hexadecimal.</param>
/// <param name="Issued">When, by the trusted clock.</param>
/// <param name="Expires">When it ends; null: never.</param>
/// <param name="Revoked">When it was revoked; null: it was not.</param>
internal sealed record IssuedCertificate(
    long Number,
    string Serial,
    string Name,
    Role Role,
    string Fingerprint,
    DateTimeOffset Issued,
    DateTimeOffset? Expires,
    DateTimeOffset? Revoked)
{
    /// <summary>Whether it opens the door at <paramref name="time"/>.</summary>
    public bool InForceAt(DateTimeOffset time) => Revoked is null && (Expires is null || time < Expires);
}
