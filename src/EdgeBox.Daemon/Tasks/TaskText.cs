using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeBox.Daemon.Checks;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tasks;

/// <summary>Puts the values of parameters into their places. A value is text like any other: a place inside it is none.</summary>
internal static partial class TaskText
{
    /// <summary>The parameter whose value is a language, by name or by tag.</summary>
    public const string Language = "language";

    /// <summary>The names of the places in a text.</summary>
    public static IEnumerable<string> PlacesOf(string text) => Place().Matches(text).Select(match => match.Groups[1].Value).Distinct();

    /// <summary>Instructions: a language is told by its name, also where its tag was given.</summary>
    public static string Instructions(string text, IReadOnlyDictionary<string, string> values) =>
        Fill(text, values, (name, value) => name == Language && LanguageTable.Find(value.ToLowerInvariant()) is { } language ? language.Name : value);

    /// <summary>A check. One that asks for a language by a value that names none that the box knows is left out: it cannot be judged.</summary>
    public static Check? Fill(Check check, IReadOnlyDictionary<string, string> values)
    {
        var filled = check.Clone();
        filled.Name = Fill(check.Name, values);
        switch (check.KindCase)
        {
            case Check.KindOneofCase.JsonSchema:
                filled.JsonSchema = Fill(check.JsonSchema, values, (_, value) => JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString());
                break;
            case Check.KindOneofCase.Regex:
                filled.Regex = Fill(check.Regex, values, (_, value) => Regex.Escape(value));
                break;
            case Check.KindOneofCase.Contains:
                Fill(filled.Contains.Texts, values);
                break;
            case Check.KindOneofCase.Forbids:
                Fill(filled.Forbids.Texts, values);
                break;
            case Check.KindOneofCase.Script:
                filled.Script.Code = Fill(check.Script.Code, values);
                break;
            case Check.KindOneofCase.Language:
                filled.Language = Fill(check.Language, values, (_, value) => LanguageTable.TagOf(value) ?? value);
                return filled.Language == check.Language || LanguageTable.Find(filled.Language.Split('-', '_')[0].ToLowerInvariant()) is not null ? filled : null;
            case Check.KindOneofCase.KeepsNames:
                Fill(filled.KeepsNames.Names, values);
                break;
            case Check.KindOneofCase.ErrorRate:
                filled.ErrorRate.Reference = Fill(check.ErrorRate.Reference, values);
                break;
            default:
                break;
        }

        return filled;
    }

    /// <summary>The texts of a check in which a place may be.</summary>
    public static IEnumerable<string> TextsOf(Check check) =>
    [
        check.Name, check.JsonSchema, check.Regex, check.Language, check.Script?.Code ?? "", check.ErrorRate?.Reference ?? "",
        .. check.Contains?.Texts ?? [], .. check.Forbids?.Texts ?? [], .. check.KeepsNames?.Names ?? [],
    ];

    private static void Fill(Google.Protobuf.Collections.RepeatedField<string> texts, IReadOnlyDictionary<string, string> values)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            texts[i] = Fill(texts[i], values);
        }
    }

    private static string Fill(string text, IReadOnlyDictionary<string, string> values, Func<string, string, string>? write = null) =>
        Place().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value)
            ? write?.Invoke(match.Groups[1].Value, value) ?? value
            : match.Value);

    [GeneratedRegex(@"\{([a-z_]{1,32})\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
