using System.Globalization;
using System.Text.Json;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The grammar of JSON itself: rules that all schemas share, and single values.</summary>
/// <remarks>
/// Blanks are bounded: one behind a colon; one, or a new line with some indentation, behind a comma and inside brackets.
/// </remarks>
internal sealed class JsonPhrases(RuleBook rules)
{
    private const int Indentation = 64;

    /// <summary>What must be written as an escape, and how.</summary>
    private static readonly CharacterRange[] s_escaped = [new(0, 0x1F), new('"', '"'), new('\\', '\\')];

    private static readonly IReadOnlyList<CharacterRange> s_plain = CodePoints.Complement(s_escaped);

    /// <summary>Any value.</summary>
    public Reference Any => rules.Shared("any", () => Phrase.OneOf([String, Number, Object, Array, Phrase.Literal("true"), Phrase.Literal("false"), Phrase.Literal("null")]));

    /// <summary>Any text, with any escapes that make whole characters.</summary>
    public Reference String => rules.Shared("string", () => Text(Phrase.Repeat(Character, 0, null)));

    /// <summary>One character of a text, with any escape.</summary>
    public Reference Character => rules.Shared("character", () => new Written(
        """[^\x00-\x1F"\\] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] ([0-7] [0-9a-fA-F]{2} | [89abAB] [0-9a-fA-F]{2} "\\u" [dD] [c-fC-F] [0-9a-fA-F]{2})))"""));

    /// <summary>Any number, of no more digits than make sense.</summary>
    public Reference Number => rules.Shared("number", () => new Written(string.Create(
        CultureInfo.InvariantCulture,
        $"\"-\"? (\"0\" | [1-9] [0-9]{{0,{SchemaLimits.AnswerDigits - 1}}}) (\".\" [0-9]{{1,{SchemaLimits.AnswerDigits}}})? ([eE] [-+]? [0-9]{{1,3}})?")));

    /// <summary>Any whole number, written as one.</summary>
    public Reference Integer => rules.Shared("integer", () => new Written(string.Create(
        CultureInfo.InvariantCulture, $"\"0\" | \"-\"? [1-9] [0-9]{{0,{SchemaLimits.AnswerDigits - 1}}}")));

    public Reference Object => rules.Shared("object", () => Braces(Phrase.Of(Pair, Phrase.Repeat(Phrase.Of(Comma, Pair), 0, null)), canBeEmpty: true));

    public Reference Array => rules.Shared("array", () => Brackets(Phrase.Of(Any, Phrase.Repeat(Phrase.Of(Comma, Any), 0, null)), canBeEmpty: true));

    /// <summary>A comma and the blanks behind it.</summary>
    public Reference Comma => rules.Shared("comma", () => Phrase.Of(Phrase.Literal(","), Blank));

    /// <summary>A colon and the blank behind it.</summary>
    public Reference Colon => rules.Shared("colon", () => new Written("\":\" \" \"?"));

    private Reference Blank => rules.Shared("blank", () => new Written(string.Create(
        CultureInfo.InvariantCulture, $"(\" \" | \"\\n\" [ \\t]{{0,{Indentation}}})?")));

    private Reference Pair => rules.Shared("pair", () => Phrase.Of(String, Colon, Any));

    /// <summary>One character of a set, written in the one way that is canonical: as itself where JSON allows it.</summary>
    public Phrase Canonical(CharacterRange[] set)
    {
        if (set.AsSpan().SequenceEqual(CodePoints.All))
        {
            return rules.Shared("canonical", () => CanonicalOf(set));
        }

        return CodePoints.Intersect(set, s_escaped).Sum(range => range.Last - range.First + 1) == 34
            ? Phrase.OneOf([Phrase.Character(CodePoints.Intersect(set, s_plain)), rules.Shared("escape", () => CanonicalOf(s_escaped))])
            : CanonicalOf(set);
    }

    /// <summary>A text in quotes.</summary>
    public static Phrase Text(Phrase content) => Phrase.Of(Phrase.Literal("\""), content, Phrase.Literal("\""));

    /// <summary>A text as a value, in its canonical way.</summary>
    public static Phrase Text(string text) => Phrase.Literal($"\"{string.Concat(text.EnumerateRunes().Select(rune => Escape(rune.Value)))}\"");

    /// <summary>A property with its value.</summary>
    public Phrase Property(string name, Phrase value) => Phrase.Of(Text(name), Colon, value);

    public Phrase Braces(Phrase content, bool canBeEmpty) => Around("{", content, "}", canBeEmpty);

    public Phrase Brackets(Phrase content, bool canBeEmpty) => Around("[", content, "]", canBeEmpty);

    /// <summary>A value as it is.</summary>
    public Phrase Value(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return Text(value.GetString()!);
            case JsonValueKind.Number:
                return Phrase.Literal(ExactNumber.Read(value.GetRawText())?.ToString()
                    ?? throw new GrammarException($"a number of \"const\" or \"enum\" has more than {SchemaLimits.Digits} digits; that is the most"));
            case JsonValueKind.Array:
                return Brackets(Joined(value.EnumerateArray().Select(Value)), value.GetArrayLength() == 0);
            case JsonValueKind.Object:
                return Braces(Joined(value.EnumerateObject().Select(property => Property(property.Name, Value(property.Value)))), !value.EnumerateObject().Any());
            default:
                return Phrase.Literal(value.GetRawText());
        }
    }

    private Phrase Joined(IEnumerable<Phrase> phrases) => Phrase.Of([.. phrases.SelectMany((phrase, i) => i == 0 ? [phrase] : new[] { Comma, phrase })]);

    private Phrase Around(string begin, Phrase content, string end, bool canBeEmpty)
    {
        // Empty brackets have blanks once, not before and behind nothing.
        var filled = Phrase.Of(content, Blank);
        return Phrase.Of(Phrase.Literal(begin), Blank, canBeEmpty ? Phrase.Optional(filled) : filled, Phrase.Literal(end));
    }

    private static Phrase CanonicalOf(CharacterRange[] set)
    {
        var options = new List<Phrase>();
        if (CodePoints.Intersect(set, s_plain) is { Length: > 0 } plain)
        {
            options.Add(Phrase.Character(plain));
        }

        foreach (var (first, last) in CodePoints.Intersect(set, s_escaped))
        {
            options.AddRange(Enumerable.Range(first, last - first + 1).Select(character => Phrase.Literal(Escape(character))));
        }

        return Phrase.OneOf(options);
    }

    private static string Escape(int character) => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < 0x20 => string.Create(CultureInfo.InvariantCulture, $"\\u{character:x4}"),
        _ => char.ConvertFromUtf32(character),
    };
}
