using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The ways in which a value from outside is judged; each refusal names the field, what is wrong with it, and what is allowed.</summary>
internal static class Limit
{
    /// <summary>Names that both people and models write: of tools, schemas.</summary>
    public const int MaxNameCharacters = 64;

    /// <summary>As many as the kernel takes.</summary>
    public const int MaxPathCharacters = 4096;

    /// <summary>JSON that lies deeper is refused before anything has to follow it.</summary>
    public const int MaxJsonDepth = 64;

    /// <summary>Refuses a number of things, or a whole number, outside its range.</summary>
    public static void Count(string field, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw Refuse(field, Text($"is {value}"), Text($"{least} to {most}"));
        }
    }

    /// <summary>Refuses a number outside its range, and what is no number.</summary>
    public static void Range(string field, bool isSet, float value, float least, float most)
    {
        // Written so that NaN, which compares false with everything, is refused.
        if (isSet && !(value >= least && value <= most))
        {
            throw Refuse(field, Text($"is {value}"), least == float.Epsilon ? Text($"above 0, up to {most}") : Text($"{least} to {most}"));
        }
    }

    /// <summary>Refuses a text of another length.</summary>
    public static void Length(string field, string text, int least, int most)
    {
        if (text.Length < least || text.Length > most)
        {
            throw Refuse(field, Text($"has {text.Length} characters"), Text($"{least} to {most}"));
        }
    }

    /// <summary>Refuses texts that are too many, and any that is empty or too long.</summary>
    public static void Texts(string field, IReadOnlyList<string> texts, (int Least, int Most) count, int most)
    {
        Count(field, texts.Count, count.Least, count.Most);
        for (var i = 0; i < texts.Count; i++)
        {
            Length(Text($"{field}[{i}]"), texts[i], 1, most);
        }
    }

    /// <summary>Refuses what is no value of an enumeration of the contract.</summary>
    public static void Known<T>(string field, T value, string allowed)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Refuse(field, "is not known", allowed);
        }
    }

    /// <summary>Refuses a name that is not 1 to 64 letters, digits, underscores and hyphens.</summary>
    public static void Name(string field, string name)
    {
        if (name.Length is 0 or > MaxNameCharacters || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
        {
            throw Refuse(field, "is no name", Text($"1 to {MaxNameCharacters} letters, digits, underscores and hyphens"));
        }
    }

    /// <summary>Refuses what is no path of a file or folder of the box.</summary>
    public static void AbsolutePath(string field, string path)
    {
        if (!Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal) || path.Length > MaxPathCharacters)
        {
            throw Refuse(field, "is no absolute path on the box", Text($"an absolute path of at most {MaxPathCharacters} characters"));
        }
    }

    /// <summary>Refuses a text that is not one JSON object.</summary>
    public static void JsonObject(string field, string text)
    {
        if (!TryParse(text, out var document))
        {
            throw Refuse(field, "is no JSON", Text($"a JSON object of at most {MaxJsonDepth} levels"));
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Refuse(field, "is JSON, but no object", "a JSON object");
            }
        }
    }

    /// <summary>Reads JSON, however hostile; false if it is none, or deeper than <see cref="MaxJsonDepth"/>.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxJsonDepth });
            return true;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or EncoderFallbackException)
        {
            document = null; // A half of a surrogate pair, which no message can carry, is an argument exception.
            return false;
        }
    }

    /// <summary>The refusal of a field.</summary>
    public static FailureException Refuse(string field, string problem, string limit) =>
        new(ErrorReason.InvalidArgument, $"{field} {problem}; allowed: {limit}.", ("field", field), ("limit", limit));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
