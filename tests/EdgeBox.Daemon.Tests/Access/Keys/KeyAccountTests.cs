using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Access.Keys;

public sealed class KeyAccountTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 23, 50, 0, TimeSpan.Zero));
    private readonly KeyAccount _account;

    public KeyAccountTests() => _account = new KeyAccount(new KeyDay("alice", new DateOnly(2026, 11, 26)), _time);

    [Fact]
    public void Enter_AsManyAtOnceAsMayBe_TheNextIsRefusedUntilOneEnds()
    {
        var key = Key(new KeyQuota { ConcurrentRequests = 2 });
        using var first = Enter(key);
        var second = Enter(key);
        Assert.Equal(("concurrent_requests", TimeSpan.FromSeconds(1)), Refused(key));
        second.Dispose();
        using var third = Enter(key);
        Assert.Equal((3, 1), (_account.Today.Requests, _account.Today.Refused));
    }

    [Fact]
    public void Enter_MoreThanAMinuteAllows_IsToldWhenToComeBackAndThenLetIn()
    {
        var key = Key(new KeyQuota { RequestsPerMinute = 6 });
        for (var i = 0; i < 6; i++)
        {
            Enter(key).Dispose();
        }

        Assert.Equal(("requests_per_minute", TimeSpan.FromSeconds(10)), Refused(key));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(("requests_per_minute", TimeSpan.FromSeconds(1)), Refused(key));
        _time.Advance(TimeSpan.FromSeconds(1));
        Enter(key).Dispose();
        Assert.Equal("requests_per_minute", Refused(key).Quota);
    }

    [Fact]
    public void Standing_LimitsOfMinuteAndDay_IsOfTheTighterOne()
    {
        var quota = new KeyQuota { RequestsPerMinute = 6, RequestsPerDay = 100, TokensPerMinute = 1000, TokensPerDay = 500 };
        Enter(Key(quota)).Dispose();
        _account.Charge(new Usage { PromptTokens = 30, CompletionTokens = 170 }, _time.GetUtcNow());
        Assert.Equal(
            new KeyStanding(new Allowance(6, 5, TimeSpan.FromSeconds(10)), new Allowance(500, 300, TimeSpan.FromMinutes(10))),
            _account.StandingAt(quota, _time.GetUtcNow()));
        _account.Charge(new Usage { CompletionTokens = 5000 }, _time.GetUtcNow());
        Assert.Equal(0ul, _account.StandingAt(quota, _time.GetUtcNow()).Tokens!.Value.Remaining);
        Assert.Equal(new KeyStanding(null, null), _account.StandingAt(new KeyQuota(), _time.GetUtcNow()));
    }

    [Fact]
    public void Charge_MoreTokensThanThereAre_AreOwed()
    {
        var key = Key(new KeyQuota { TokensPerMinute = 600 });
        Enter(key).Dispose();
        _account.Charge(new Usage { PromptTokens = 1000, CachedPromptTokens = 200, CompletionTokens = 100 }, _time.GetUtcNow());
        Assert.Equal(("tokens_per_minute", TimeSpan.FromSeconds(31)), Refused(key)); // 300 are owed, and one must be there.
        _time.Advance(TimeSpan.FromSeconds(31));
        Enter(key).Dispose();
    }

    [Fact]
    public void Enter_TheDaysShareIsUsedUp_IsRefusedUntilMidnight()
    {
        var requests = Key(new KeyQuota { RequestsPerDay = 1 });
        Enter(requests).Dispose();
        Assert.Equal(("requests_per_day", TimeSpan.FromMinutes(10)), Refused(requests));
        var tokens = Key(new KeyQuota { TokensPerDay = 50 });
        _account.Charge(new Usage { CompletionTokens = 50 }, _time.GetUtcNow());
        Assert.Equal("tokens_per_day", Refused(tokens).Quota);
        _time.Advance(TimeSpan.FromMinutes(10));
        Enter(requests).Dispose();
        Enter(tokens).Dispose();
        Assert.Equal((new DateOnly(2026, 11, 27), 2, 0), (_account.Today.Day, _account.Today.Requests, _account.Today.Tokens));
    }

    [Fact]
    public void Enter_WithoutAQuota_IsNeverRefused()
    {
        var key = Key(new KeyQuota());
        var all = Enumerable.Range(0, 1000).Select(_ => Enter(key)).ToList();
        _account.Charge(new Usage { PromptTokens = uint.MaxValue }, _time.GetUtcNow());
        all.ForEach(use => use.Dispose());
        Assert.Equal(1000, _account.Today.Requests);
        Assert.Empty(_account.OpenBy(key.Number));
    }

    [Fact]
    public void OpenBy_AnotherKeyOfTheSameHolder_IsLeftAlone()
    {
        var ended = "";
        var (old, young) = (Key(new KeyQuota()), Key(new KeyQuota()) with { Number = 2 });
        using var first = _account.Enter(old, _time.GetUtcNow(), () => ended += "old");
        using var second = _account.Enter(young, _time.GetUtcNow(), () => ended += "young");
        Assert.Single(_account.OpenBy(1)).Abort();
        Assert.Equal("old", ended);
    }

    internal static IssuedKey Key(KeyQuota quota) => new()
    {
        Number = 1, Name = "alice", Hint = "ebx_0000", Hash = new byte[32], Role = Role.Client, Issued = DateTimeOffset.UnixEpoch, Quota = quota,
    };

    private KeyUse Enter(IssuedKey key) => _account.Enter(key, _time.GetUtcNow(), () => { });

    private (string Quota, TimeSpan? Wait) Refused(IssuedKey key)
    {
        var failure = Assert.Throws<FailureException>(() => Enter(key));
        Assert.Equal(ErrorReason.QuotaExceeded, failure.Reason);
        return (failure.Facts.Single(fact => fact.Key == "quota").Value, failure.RetryAfter);
    }
}
