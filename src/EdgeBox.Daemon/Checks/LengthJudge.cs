using System.Globalization;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether an answer is as long as it may be, in grapheme clusters, without white space at its ends.</summary>
internal sealed class LengthJudge(LengthCheck check) : IJudge
{
    private const float MostOfInput = 1000;

    public string Name
    {
        get
        {
            var parts = new List<string>();
            Add(parts, check.Least > 0, $"at least {check.Least} characters");
            Add(parts, check.Most > 0, $"at most {check.Most} characters");
            Add(parts, check.LeastOfInput > 0, $"at least {check.LeastOfInput} times the input's length");
            Add(parts, check.MostOfInput > 0, $"at most {check.MostOfInput} times the input's length");
            return "length: " + string.Join(", ", parts);
        }
    }

    /// <summary>Understands limits.</summary>
    public static LengthJudge Of(LengthCheck check, string field)
    {
        Range($"{field}.least_of_input", isSet: true, check.LeastOfInput, 0, MostOfInput);
        Range($"{field}.most_of_input", isSet: true, check.MostOfInput, 0, MostOfInput);
        if (check is { Least: 0, Most: 0, LeastOfInput: 0, MostOfInput: 0 })
        {
            throw Refuse(field, "limits nothing", "least, most, least_of_input or most_of_input");
        }

        if (check.Most > 0 && check.Least > check.Most)
        {
            throw Refuse($"{field}.least", "is above most", "at most what most is");
        }

        return new LengthJudge(check);
    }

    public string? Judge(string answer, string input)
    {
        var length = Graphemes(answer);
        var ofInput = Graphemes(input);
        var least = Math.Max(check.Least, Math.Ceiling(Share.Of(check.LeastOfInput, ofInput)));
        var most = Math.Min(
            check.Most > 0 ? check.Most : decimal.MaxValue,
            check.MostOfInput > 0 ? Math.Floor(Share.Of(check.MostOfInput, ofInput)) : decimal.MaxValue);
        return length < least ? Text($"The answer has {length} characters; it must have at least {least}.")
            : length > most ? Text($"The answer has {length} characters; it must have at most {most}.")
            : null;
    }

    /// <summary>Characters as a reader counts them.</summary>
    public static int Graphemes(string text)
    {
        var left = text.AsSpan().Trim();
        var count = 0;
        while (!left.IsEmpty)
        {
            left = left[StringInfo.GetNextTextElementLength(left)..];
            count++;
        }

        return count;
    }

    private static void Add(List<string> parts, bool isSet, FormattableString words)
    {
        if (isSet)
        {
            parts.Add(Text(words));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
