using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>What the holder of a key has open, has used, and may use yet.</summary>
internal sealed class KeyAccount(KeyDay today, TimeProvider time)
{
    /// <summary>When to come back when as many requests are under way as may be: nobody knows when one ends.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    /// <summary>Who comes back when told to shall not be sent away by the last bit of a sum.</summary>
    private const double WholeRequest = 1 - 1e-6;

    private readonly Lock _lock = new();
    private readonly HashSet<KeyUse> _open = [];
    private readonly TokenBucket _requests = new(time);
    private readonly TokenBucket _tokens = new(time);
    private KeyDay _today = today;
    private KeyDay _kept = today;

    /// <summary>Lets a request in and counts it.</summary>
    /// <param name="key">What it came with.</param>
    /// <param name="now">By the trusted clock.</param>
    /// <param name="abort">Ends it; called when the key is revoked.</param>
    /// <exception cref="FailureException">QUOTA_EXCEEDED.</exception>
    public KeyUse Enter(IssuedKey key, DateTimeOffset now, Action abort)
    {
        lock (_lock)
        {
            Turn(now);
            if (Find(key.Quota, now) is { } exceeded)
            {
                _today = _today with { Refused = _today.Refused + 1 };
                throw exceeded;
            }

            _requests.Take(1);
            _today = _today with { Requests = _today.Requests + 1 };
            var use = new KeyUse(this, key, abort);
            _open.Add(use);
            return use;
        }
    }

    /// <summary>Charges what a request took.</summary>
    public void Charge(Usage usage, DateTimeOffset now)
    {
        lock (_lock)
        {
            Turn(now);
            var before = _today.Tokens;
            _today = _today with
            {
                PromptTokens = _today.PromptTokens + usage.PromptTokens,
                CachedTokens = _today.CachedTokens + Math.Min(usage.CachedPromptTokens, usage.PromptTokens),
                CompletionTokens = _today.CompletionTokens + usage.CompletionTokens,
            };
            _tokens.Take(_today.Tokens - before);
        }
    }

    /// <summary>What is left.</summary>
    public KeyStanding StandingAt(KeyQuota quota, DateTimeOffset now)
    {
        lock (_lock)
        {
            Turn(now);
            return new KeyStanding(
                Allowance.Tighter(OfMinute(_requests, quota.RequestsPerMinute), OfDay(quota.RequestsPerDay, _today.Requests, now)),
                Allowance.Tighter(OfMinute(_tokens, quota.TokensPerMinute), OfDay(quota.TokensPerDay, _today.Tokens, now)));
        }
    }

    /// <summary>A request has ended.</summary>
    public void Leave(KeyUse use)
    {
        lock (_lock)
        {
            _open.Remove(use);
        }
    }

    /// <summary>What is open by a key.</summary>
    public IReadOnlyList<KeyUse> OpenBy(long number)
    {
        lock (_lock)
        {
            return [.. _open.Where(use => use.Key.Number == number)];
        }
    }

    /// <summary>The day as it is to be written down; null if it is written already.</summary>
    public KeyDay? Unwritten
    {
        get
        {
            lock (_lock)
            {
                return _today == _kept ? null : _today;
            }
        }
    }

    /// <summary>The day as it is now.</summary>
    public KeyDay Today
    {
        get
        {
            lock (_lock)
            {
                return _today;
            }
        }
    }

    /// <summary>It was written down.</summary>
    public void Written(KeyDay day)
    {
        lock (_lock)
        {
            _kept = day;
        }
    }

    // What the old day used since it was last written is at most some seconds' worth; it counts to the new one.
    private void Turn(DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        if (day > _today.Day)
        {
            _today = new KeyDay(_today.Name, day);
        }
    }

    private FailureException? Find(KeyQuota quota, DateTimeOffset now)
    {
        var tomorrow = ToTomorrow(now);
        var requests = _requests.Fill(quota.RequestsPerMinute);
        var tokens = _tokens.Fill(quota.TokensPerMinute);
        return quota switch
        {
            { ConcurrentRequests: > 0 } when _open.Count >= quota.ConcurrentRequests => Exceeded("concurrent_requests", quota.ConcurrentRequests, "requests at once", s_soon),
            { RequestsPerDay: > 0 } when _today.Requests >= (long)quota.RequestsPerDay => Exceeded("requests_per_day", quota.RequestsPerDay, "requests a day", tomorrow),
            { TokensPerDay: > 0 } when _today.Tokens >= (long)quota.TokensPerDay => Exceeded("tokens_per_day", quota.TokensPerDay, "tokens a day", tomorrow),
            { RequestsPerMinute: > 0 } when requests < WholeRequest => Exceeded("requests_per_minute", quota.RequestsPerMinute, "requests a minute", _requests.Until(1)),
            { TokensPerMinute: > 0 } when tokens <= 0 => Exceeded("tokens_per_minute", quota.TokensPerMinute, "tokens a minute", _tokens.Until(1)),
            _ => null,
        };
    }

    private static Allowance? OfMinute(TokenBucket bucket, ulong limit) =>
        limit == 0 ? null : new(limit, (ulong)Math.Max(0, bucket.Fill(limit)), bucket.Until(limit));

    private static Allowance? OfDay(ulong limit, long used, DateTimeOffset now) =>
        limit == 0 ? null : new(limit, limit - Math.Min(limit, (ulong)used), ToTomorrow(now));

    private static TimeSpan ToTomorrow(DateTimeOffset now) => new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero) - now;

    private static FailureException Exceeded(string name, ulong limit, string words, TimeSpan wait)
    {
        wait = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(wait.TotalSeconds)));
        return new FailureException(
            ErrorReason.QuotaExceeded,
            string.Create(CultureInfo.InvariantCulture, $"This API key may use {limit} {words}, and has. Try again in {wait.TotalSeconds:0} seconds."),
            ("quota", name),
            ("limit", limit.ToString(CultureInfo.InvariantCulture)))
        {
            RetryAfter = wait,
        };
    }
}

/// <summary>One request that a key has open.</summary>
internal sealed class KeyUse(KeyAccount account, IssuedKey key, Action abort) : IDisposable
{
    /// <summary>The key it came with.</summary>
    public IssuedKey Key { get; } = key;

    /// <summary>Ends it in the middle of whatever it does.</summary>
    public void Abort() => abort();

    public void Dispose() => account.Leave(this);
}
