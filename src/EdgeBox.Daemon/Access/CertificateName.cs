using System.Text.RegularExpressions;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>Whom a certificate is for: 1 to 63 characters of a-z, 0-9, '.', '_' and '-', the first no punctuation.</summary>
internal readonly partial record struct CertificateName
{
    private CertificateName(string value) => Value = value;

    /// <summary>The name as text.</summary>
    public string Value { get; }

    /// <summary>Reads a name from outside.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public static CertificateName Parse(string text) => Pattern().IsMatch(text)
        ? new CertificateName(text)
        : throw new FailureException(
            ErrorReason.InvalidArgument,
            "name must be 1 to 63 characters of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit.",
            ("field", "name"),
            ("limit", "63"));

    public override string ToString() => Value;

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
