using System.Globalization;
using EdgeBox.Daemon.Access.Keys;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Tells a client what is left of its key's quota, in the headers that OpenAI's and Anthropic's clients look at.</summary>
internal static class QuotaHeaders
{
    private static readonly string[] s_parts = ["limit", "remaining", "reset"];

    /// <summary>Every header that may be written.</summary>
    public static IEnumerable<string> Names { get; } =
    [
        .. s_parts.SelectMany(part => (string[])[OpenAi("requests", part), OpenAi("tokens", part), Anthropic("requests", part), Anthropic("tokens", part)]),
    ];

    /// <summary>Writes what is limited; nothing of what is not.</summary>
    public static void Write(HttpResponse response, GatewayStyle style, KeyStanding standing, DateTimeOffset now)
    {
        Write(response, style, "requests", standing.Requests, now);
        Write(response, style, "tokens", standing.Tokens, now);
    }

    private static void Write(HttpResponse response, GatewayStyle style, string what, Allowance? allowance, DateTimeOffset now)
    {
        if (allowance is not { } left)
        {
            return;
        }

        // The one tells how long, the other when.
        Func<string, string, string> name = style == GatewayStyle.Anthropic ? Anthropic : OpenAi;
        response.Headers[name(what, "limit")] = left.Limit.ToString(CultureInfo.InvariantCulture);
        response.Headers[name(what, "remaining")] = left.Remaining.ToString(CultureInfo.InvariantCulture);
        response.Headers[name(what, "reset")] = style == GatewayStyle.Anthropic
            ? (now + left.Reset).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : Duration(left.Reset);
    }

    /// <summary>As Go writes it: 1h2m3s, 4.5s, 20ms.</summary>
    private static string Duration(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds):0}ms")
        : (time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h") : "")
            + (time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m") : "")
            + string.Create(CultureInfo.InvariantCulture, $"{time.Seconds + (time.Milliseconds / 1000d):0.###}s");

    private static string OpenAi(string what, string part) => $"x-ratelimit-{part}-{what}";

    private static string Anthropic(string what, string part) => $"anthropic-ratelimit-{what}-{part}";
}
