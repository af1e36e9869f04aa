using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Puts what API keys may do and use into words.</summary>
internal static class KeyWords
{
    /// <summary>What a key may be used for, as people write it.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [.. Enum.GetValues<KeyScope>().Where(scope => scope != KeyScope.Unspecified).Select(NameOf)];

    /// <summary>The scope of that name.</summary>
    public static KeyScope ScopeOf(string name) => Enum.GetValues<KeyScope>().FirstOrDefault(scope => NameOf(scope) == name);

    /// <summary>What a key may be used for, with which models.</summary>
    public static string Scope(ApiKey key) =>
        (key.Scopes.Count == 0 ? "everything" : string.Join(", ", key.Scopes.Select(NameOf)))
        + (key.Models.Count == 0 ? "" : " with " + string.Join(", ", key.Models));

    /// <summary>How much a key may use; "none" if nobody said.</summary>
    public static string Quota(KeyQuota? quota)
    {
        (ulong Limit, string Words)[] limits = quota is null ? [] :
        [
            (quota.ConcurrentRequests, "at once"), (quota.RequestsPerMinute, "requests/min"), (quota.TokensPerMinute, "tokens/min"),
            (quota.RequestsPerDay, "requests/day"), (quota.TokensPerDay, "tokens/day"),
        ];
        var set = limits.Where(limit => limit.Limit > 0).Select(limit => $"{Number(limit.Limit)} {limit.Words}").ToList();
        return set.Count == 0 ? "none" : string.Join(", ", set);
    }

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Number(ulong value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string NameOf(KeyScope scope) => scope.ToString().ToLowerInvariant();
}
