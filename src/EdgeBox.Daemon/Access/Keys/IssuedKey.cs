using EdgeBox.V1;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>What the box keeps of an API key; never the key itself.</summary>
internal sealed record IssuedKey
{
    /// <summary>What the identity of every holder begins with.</summary>
    public const string IdentityPrefix = "key:";

    /// <summary>What the identity begins with for which an alias is settled for a whole tier.</summary>
    public const string TierPrefix = "tier:";

    /// <summary>1 for the first, and so on.</summary>
    public required long Number { get; init; }

    /// <summary>Whom it is for.</summary>
    public required string Name { get; init; }

    /// <summary>How the key begins, for people to recognise it by.</summary>
    public required string Hint { get; init; }

    /// <summary>SHA-256 of the key's text.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>What its holder may do.</summary>
    public required Role Role { get; init; }

    /// <summary>What it may be used for; empty: everything.</summary>
    public IReadOnlyList<KeyScope> Scopes { get; init; } = [];

    /// <summary>Models and aliases that it may ask for; empty: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>What aliases mean to it: what was settled for <c>tier:TIER</c>; empty: what they mean to everybody.</summary>
    public string Tier { get; init; } = "";

    /// <summary>Its share when many ask.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>How much it may use.</summary>
    public KeyQuota Quota { get; init; } = new();

    /// <summary>When it was issued, by the trusted clock.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When it was revoked; null: it was not.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>What the box calls its holder.</summary>
    public string Identity => IdentityPrefix + Name;

    /// <summary>Whether it opens the door at <paramref name="time"/>.</summary>
    public bool InForceAt(DateTimeOffset time) => Revoked is null && (Expires is null || time < Expires);
}
