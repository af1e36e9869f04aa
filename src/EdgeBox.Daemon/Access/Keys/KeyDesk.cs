using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>What admins ask of API keys, judged and told as the public contract has it.</summary>
internal sealed class KeyDesk(KeyRegistry registry, KeyAccounts accounts, TrustedClock clock)
{
    private const int MaxModels = 64;
    private const int MaxModelCharacters = 128;
    private const int MaxDays = 31;
    private const int MaxPaths = 32;

    private static readonly string[] s_changeable = ["scopes", "models", "tier", "weight", "quota"];

    /// <summary>Issues a key.</summary>
    public async Task<IssueKeyResponse> IssueAsync(IssueKeyRequest request, string actor, CancellationToken cancellation)
    {
        var text = KeyText.Make();
        var now = clock.Now;
        var kept = await registry.AddAsync(
            new IssuedKey
            {
                Number = 0,
                Name = CertificateName.Parse(request.Name).Value,
                Hint = KeyText.HintOf(text),
                Hash = KeyText.HashOf(text),
                Role = Grants.RoleOf(request.Role == Role.Unspecified ? Role.Client : request.Role),
                Scopes = ScopesOf(request.Scopes),
                Models = ModelsOf(request.Models),
                Tier = TierOf(request.Tier),
                Weight = WeightOf(request.Weight),
                Quota = request.Quota ?? new KeyQuota(),
                Issued = now,
                Expires = Grants.ExpiryOf(request.ValidFor, now),
            },
            actor,
            cancellation);
        return new IssueKeyResponse { Key = Describe(kept), Text = text };
    }

    /// <summary>Every key.</summary>
    public ListKeysResponse List() => new() { Keys = { registry.All.Select(Describe) } };

    /// <summary>Revokes a key and ends what it has open.</summary>
    public async Task<ApiKey> RevokeAsync(RevokeKeyRequest request, string actor, CancellationToken cancellation)
    {
        var revoked = await registry.RevokeAsync(request.Name, actor, clock.Now, cancellation);
        accounts.End(revoked);
        return Describe(revoked);
    }

    /// <summary>Changes what a key may be used for.</summary>
    public async Task<ApiKey> UpdateAsync(UpdateKeyRequest request, string actor, CancellationToken cancellation)
    {
        var mask = MaskOf(request.UpdateMask);
        var changes = request.Key ?? throw Limit.Refuse("key", "is missing", "the key's name and what changes");
        var changed = await registry.UpdateAsync(
            changes.Name,
            key =>
            {
                var wanted = Describe(key);
                mask.Merge(changes, wanted, new FieldMask.MergeOptions { ReplaceRepeatedFields = true, ReplacePrimitiveFields = true, ReplaceMessageFields = true });
                return key with
                {
                    Scopes = ScopesOf(wanted.Scopes), Models = ModelsOf(wanted.Models), Tier = TierOf(wanted.Tier), Weight = WeightOf(wanted.Weight),
                    Quota = wanted.Quota ?? new KeyQuota(),
                };
            },
            actor, string.Join(' ', mask.Paths), cancellation);
        return Describe(changed);
    }

    /// <summary>What keys used.</summary>
    public async Task<ListKeyUsageResponse> ListUsageAsync(ListKeyUsageRequest request, CancellationToken cancellation)
    {
        Limit.Count("days", request.Days, 0, request.Name.Length == 0 ? MaxDays : KeyDays.MostDays);
        if (request.Name.Length > 0 && registry.All.All(key => key.Name != request.Name))
        {
            throw KeyRegistry.NotFound(request.Name);
        }

        var days = await accounts.ListAsync(request.Name, (int)Math.Max(1, request.Days), cancellation);
        return new ListKeyUsageResponse { Usage = { days.Select(Describe) } };
    }

    private static FieldMask MaskOf(FieldMask? mask)
    {
        Limit.Count("update_mask", mask?.Paths.Count ?? 0, 1, MaxPaths);
        return mask!.Paths.All(path => s_changeable.Contains(path.Split('.')[0]) && FieldMask.IsValid<ApiKey>(path))
            ? mask
            : throw Limit.Refuse("update_mask", "names what cannot be changed", string.Join(", ", s_changeable) + ", or a limit such as quota.tokens_per_day");
    }

    private static List<KeyScope> ScopesOf(IEnumerable<KeyScope> scopes)
    {
        foreach (var scope in scopes)
        {
            if (scope == KeyScope.Unspecified || !System.Enum.IsDefined(scope))
            {
                throw Limit.Refuse("scopes", "holds one that is not known", "chat, completions, embeddings, rerank, audio");
            }
        }

        return [.. scopes.Distinct().Order()];
    }

    private static List<string> ModelsOf(RepeatedField<string> models)
    {
        Limit.Texts("models", models, (0, MaxModels), MaxModelCharacters);
        return [.. models.Select(model => model.All(c => c is > ' ' and < (char)127)
            ? model
            : throw Limit.Refuse("models", "holds what is neither a model's name nor an alias", "e.g. chat, models/gpt-oss-20b"))];
    }

    private static string TierOf(string tier)
    {
        try
        {
            return tier.Length == 0 ? "" : CertificateName.Parse(tier).Value;
        }
        catch (FailureException)
        {
            throw Limit.Refuse("tier", "is no tier", "1 to 63 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
        }
    }

    private static double WeightOf(double weight) => weight == 0 ? 1
        : weight is >= IdentityWeights.Least and <= IdentityWeights.Most ? weight
        : throw Limit.Refuse("weight", "is outside its range", System.FormattableString.Invariant($"{IdentityWeights.Least} to {IdentityWeights.Most}"));

    private static ApiKey Describe(IssuedKey key) => new()
    {
        Name = key.Name,
        Hint = key.Hint,
        Role = key.Role,
        Scopes = { key.Scopes },
        Models = { key.Models },
        Tier = key.Tier,
        Weight = key.Weight,
        Quota = key.Quota.Clone(),
        IssueTime = Timestamp.FromDateTimeOffset(key.Issued),
        ExpireTime = key.Expires is { } expires ? Timestamp.FromDateTimeOffset(expires) : null,
        RevokeTime = key.Revoked is { } revoked ? Timestamp.FromDateTimeOffset(revoked) : null,
    };

    private static KeyUsage Describe(KeyDay day) => new()
    {
        Name = day.Name,
        Day = day.Day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        Requests = (ulong)day.Requests,
        Refused = (ulong)day.Refused,
        PromptTokens = (ulong)day.PromptTokens,
        CachedPromptTokens = (ulong)day.CachedTokens,
        CompletionTokens = (ulong)day.CompletionTokens,
    };
}
