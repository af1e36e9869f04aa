using System.Text.RegularExpressions;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>An alias, and whom it holds for.</summary>
/// <param name="Name">Without "aliases/".</param>
/// <param name="Identity">E.g. "cert:frontdesk"; empty for everybody for whom nothing else holds.</param>
internal readonly partial record struct AliasKey(string Name, string Identity)
{
    /// <summary>What every name begins with in the contract.</summary>
    public const string Prefix = "aliases/";

    /// <summary>"aliases/NAME".</summary>
    public override string ToString() => Prefix + Name;

    /// <summary>The alias in words, e.g. "aliases/chat for cert:frontdesk".</summary>
    public string Words => Identity.Length == 0 ? ToString() : $"{this} for {Identity}";

    /// <summary>Judges a name and an identity from outside.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT.</exception>
    public static AliasKey Parse(string name, string identity)
    {
        var id = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        if (!AllowedName().IsMatch(id))
        {
            throw Limit.Refuse("name", "is no name of an alias", "1 to 63 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
        }

        return identity.Length == 0 || AllowedIdentity().IsMatch(identity) ? new AliasKey(id, identity)
            : throw Limit.Refuse("identity", "is none that the box gives anybody", "e.g. cert:frontdesk, at most 128 characters; empty for everybody");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,62}\z")]
    private static partial Regex AllowedName();

    [GeneratedRegex(@"\A[a-z]{1,16}:[!-~]{1,111}\z")]
    private static partial Regex AllowedIdentity();
}
