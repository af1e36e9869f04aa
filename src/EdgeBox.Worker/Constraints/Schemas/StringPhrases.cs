using System.Globalization;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes the texts of a case.</summary>
internal sealed class StringPhrases(RuleBook rules, JsonPhrases json, Work work)
{
    /// <summary>Whether it is plain that no text is left.</summary>
    public static bool IsSurelyEmpty(ValueCase way, Work work)
    {
        if (way.Patterns.Count == 0 || (way.Patterns.Count == 1 && way.MinLength == 0 && way.MaxLength is null))
        {
            return false;
        }

        try
        {
            return AutomatonOf(way, work).IsEmpty;
        }
        catch (GrammarException)
        {
            // What is too large to be looked at may have texts.
            return false;
        }
    }

    /// <summary>The texts of a case as an automaton.</summary>
    /// <exception cref="GrammarException">It is too large.</exception>
    public static Automaton AutomatonOf(ValueCase way, Work work)
    {
        var automaton = Automaton.Anything;
        foreach (var (pattern, negated) in way.Patterns.OrderBy(pattern => pattern.Negated))
        {
            automaton = negated ? Automaton.Without(automaton, pattern.Automaton, work) : Automaton.Both(automaton, pattern.Automaton, work);
        }

        if (way.OtherThan.Count > 0)
        {
            automaton = Automaton.Without(automaton, Automaton.OfTexts(way.OtherThan, work), work);
        }

        return way.MinLength > 0 || way.MaxLength is not null
            ? Automaton.Both(automaton, Automaton.OfLength(way.MinLength, way.MaxLength, work), work)
            : automaton;
    }

    public Phrase Write(ValueCase way)
    {
        var isFree = way.MinLength == 0 && way.MaxLength is null;
        if (way.Patterns.Count == 0 && way.OtherThan.Count == 0)
        {
            return isFree ? json.String : JsonPhrases.Text(Phrase.Repeat(json.Character, way.MinLength, way.MaxLength));
        }

        if (isFree && way.OtherThan.Count == 0 && way.Patterns is [({ Whole: { } whole } pattern, false)])
        {
            return rules.Shared($"whole {pattern.Text}", () => JsonPhrases.Text(new RegexPhrases(json.Canonical, work).Write(whole)));
        }

        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"text {way.MinLength} {way.MaxLength} {string.Join(' ', way.Patterns.Select(pattern => $"{pattern.Negated} {pattern.Pattern.Text.Length} {pattern.Pattern.Text}"))} {string.Join(' ', way.OtherThan.Select(text => $"{text.Length} {text}"))}");
        return rules.Shared(key, () => Write(AutomatonOf(way, work)));
    }

    /// <summary>The texts of an automaton, in quotes.</summary>
    public Phrase Write(Automaton automaton) =>
        Phrase.Of(Phrase.Literal("\""), new AutomatonPhrases(rules, json.Canonical, Phrase.Literal("\""), work).Write(automaton));
}
