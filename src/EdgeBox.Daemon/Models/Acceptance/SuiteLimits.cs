using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Judges what cases ask for, by the same rules as requests, and what boxes are said to cost.</summary>
internal static class SuiteLimits
{
    public const int MaxNameCharacters = 128;
    public const int MaxRuns = 100;
    public const float MostTokensPerSecond = 1_000_000;
    public const int MaxCurrencyCharacters = 8;

    private const float MostMoney = 1e12f;
    private const float MostWatts = 100_000;
    private const float MostYears = 100;

    private static readonly TimeSpan s_longestFirstToken = TimeSpan.FromHours(1);

    /// <summary>Refuses a case that cannot be run.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: the field and what is allowed.</exception>
    public static void Check(AcceptanceCase asked)
    {
        Limit.Length("name", asked.Name, 0, MaxNameCharacters);
        Limit.Count("runs", asked.Runs, 0, MaxRuns);
        Limit.Count("leastPasses", asked.LeastPasses, 0, Math.Max(1, asked.Runs));
        CheckSpeed(asked);
        var (kind, model, check) = KindOf(asked);
        if (model.Length > 0)
        {
            throw Limit.Refuse($"{kind}.model", "is set", "nothing: the model is the one that is tested");
        }

        Within(kind, check);
    }

    /// <summary>Refuses a cost of which no figure can be made.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: the field and what is allowed.</exception>
    public static void Check(CostBasis? cost)
    {
        if (cost is null)
        {
            return;
        }

        Limit.Range("cost.box_price", isSet: true, (float)cost.BoxPrice, 0, MostMoney);
        Limit.Range("cost.years", cost.BoxPrice > 0 || cost.Years != 0, (float)cost.Years, float.Epsilon, MostYears);
        Limit.Range("cost.kilowatt_hour_price", isSet: true, (float)cost.KilowattHourPrice, 0, MostMoney);
        Limit.Range("cost.busy_share", isSet: true, (float)cost.BusyShare, 0, 1);
        Limit.Range("cost.other_watts", isSet: true, (float)cost.OtherWatts, 0, MostWatts);
        Limit.Length("cost.currency", cost.Currency, 0, MaxCurrencyCharacters);
    }

    private static void CheckSpeed(AcceptanceCase asked)
    {
        Limit.Range("leastTokensPerSecond", isSet: true, (float)asked.LeastTokensPerSecond, 0, MostTokensPerSecond);
        if (asked.LongestFirstToken?.ToTimeSpan() is { } longest && (longest <= TimeSpan.Zero || longest > s_longestFirstToken))
        {
            throw Limit.Refuse("longestFirstToken", "is out of range", "above 0, up to 1 hour");
        }

        if (asked.Chat is null && asked is not { LeastTokensPerSecond: 0, LongestFirstToken: null })
        {
            throw Limit.Refuse(asked.LongestFirstToken is null ? "leastTokensPerSecond" : "longestFirstToken", "is set", "only with chat");
        }
    }

    private static (string Kind, string Model, Action Check) KindOf(AcceptanceCase asked) => (asked.Chat, asked.Embed, asked.Rerank) switch
    {
        ({ } chat, null, null) => ("chat", chat.Model, () =>
        {
            RequestLimits.Check(chat);
            CheckSet.Prepare(chat.Checks, CheckedAnswers.InputOf(chat));
        }),
        (null, { } embed, null) => ("embed", embed.Model, () => RequestLimits.Check(embed)),
        (null, null, { } rerank) => ("rerank", rerank.Model, () => RequestLimits.Check(rerank)),
        (null, null, null) => throw Limit.Refuse("chat", "is missing", "one of chat, embed and rerank"),
        _ => throw Limit.Refuse("chat", "does not stand alone", "one of chat, embed and rerank"),
    };

    /// <summary>Names the fields of a request by where the request stands.</summary>
    private static void Within(string kind, Action check)
    {
        try
        {
            check();
        }
        catch (FailureException refused) when (refused.Reason == ErrorReason.InvalidArgument)
        {
            throw new FailureException(ErrorReason.InvalidArgument, $"{kind}.{refused.Message}",
                [.. refused.Facts.Select(fact => fact.Key == "field" ? (fact.Key, $"{kind}.{fact.Value}") : fact)]);
        }
    }
}
