using System.CommandLine.Parsing;
using System.Globalization;

namespace EdgeBox.Cli.Commands;

/// <summary>Reads durations as people write them: 90d, 12h, 30m, 45s.</summary>
internal static class Durations
{
    // A hundred years; beyond that a certificate's dates overflow.
    private const double LongestSeconds = 100 * 365.25 * 86_400;

    /// <summary>The parser for an option of the command line.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryRead(text) is { } time)
        {
            return time;
        }
        result.AddError($"'{text}' is no duration. Write a number above 0 and d, h, m or s, e.g. 90d, 12h, 30m or 45s.");
        return null;
    }

    /// <summary>The duration, or null if the text is none.</summary>
    public static TimeSpan? TryRead(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 'd' => 86_400, 'h' => 3_600, 'm' => 60, 's' => 1, _ => 0 } : 0;
        return unit > 0
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number * unit <= LongestSeconds
            ? TimeSpan.FromSeconds(number * unit)
            : null;
    }
}
