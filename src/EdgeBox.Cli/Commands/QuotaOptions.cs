using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>The options that say how much a key may use.</summary>
internal sealed class QuotaOptions
{
    /// <summary>The word that takes a limit away.</summary>
    public const string None = "none";

    private readonly (Option<long> Option, string Field, Action<KeyQuota, long> Set)[] _all;

    /// <summary>Makes them.</summary>
    /// <param name="none">Whether a limit can be taken away, by the word none.</param>
    public QuotaOptions(bool none) => _all =
    [
        (Make("--concurrent", "Requests at once, at most.", none), "concurrent_requests", (quota, value) => quota.ConcurrentRequests = (uint)value),
        (Make("--requests-per-minute", "Requests a minute, at most.", none), "requests_per_minute", (quota, value) => quota.RequestsPerMinute = (uint)value),
        (Make("--tokens-per-minute", "Tokens a minute, at most.", none), "tokens_per_minute", (quota, value) => quota.TokensPerMinute = (ulong)value),
        (Make("--requests-per-day", "Requests a day (UTC), at most.", none), "requests_per_day", (quota, value) => quota.RequestsPerDay = (ulong)value),
        (Make("--tokens-per-day", "Tokens a day (UTC), at most.", none), "tokens_per_day", (quota, value) => quota.TokensPerDay = (ulong)value),
    ];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var (option, _, _) in _all)
        {
            command.Add(option);
        }
    }

    /// <summary>The limits that were given.</summary>
    public KeyQuota Read(ParseResult parse)
    {
        var quota = new KeyQuota();
        foreach (var (option, _, set) in _all)
        {
            set(quota, parse.GetValue(option));
        }

        return quota;
    }

    /// <summary>The fields of the limits that were given.</summary>
    public IEnumerable<string> Given(ParseResult parse) => _all.Where(one => parse.GetResult(one.Option) is not null).Select(one => one.Field);

    private static Option<long> Make(string name, string description, bool none) => new(name)
    {
        Description = description,
        HelpName = none ? "N|none" : "N",
        CustomParser = result => Parse(name, result, none),
    };

    private static long Parse(string name, ArgumentResult result, bool none)
    {
        var text = result.Tokens[0].Value;
        if (none && text == None)
        {
            return 0;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= int.MaxValue)
        {
            return number;
        }

        result.AddError($"{name} takes a whole number from 1 to {int.MaxValue}, not '{text}'. {(none ? "none takes the limit away." : "Leave it out for no limit.")}");
        return 0;
    }
}
