using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Writes regular expressions as grammars, part by part.</summary>
/// <param name="character">How one character of a set is written.</param>
/// <param name="work">What it takes.</param>
internal sealed class RegexPhrases(Func<CharacterRange[], Phrase> character, Work work)
{
    /// <summary>The expression without the anchors that stand first and last in it; null if others are left.</summary>
    public static RegexNode? Unanchor(RegexNode node, bool first = true, bool last = true)
    {
        switch (node)
        {
            case RegexAnchor anchor:
                return (anchor.AtEnd ? last : first) ? RegexNode.Empty : null;
            case RegexChoice choice:
                var options = choice.Options.Select(option => Unanchor(option, first, last)).ToList();
                return options.Contains(null) ? null : new RegexChoice(options!);
            case RegexSequence sequence:
                var parts = new List<RegexNode>();
                for (var i = 0; i < sequence.Parts.Count; i++)
                {
                    if (Unanchor(sequence.Parts[i], first && i == 0, last && i == sequence.Parts.Count - 1) is not { } part)
                    {
                        return null;
                    }

                    parts.Add(part);
                }

                return new RegexSequence(parts);
            case RegexRepeat repeat:
                return Unanchor(repeat.Body, first: false, last: false) is null ? null : repeat;
            default:
                return node;
        }
    }

    /// <summary>Whether every way through the expression is held at one end of the text.</summary>
    public static bool IsHeld(RegexNode node, bool atEnd) => node switch
    {
        RegexAnchor anchor => anchor.AtEnd == atEnd,
        RegexChoice choice => choice.Options.All(option => IsHeld(option, atEnd)),
        RegexSequence { Parts.Count: > 0 } sequence => IsHeld(sequence.Parts[atEnd ? ^1 : 0], atEnd),
        _ => false,
    };

    /// <summary>The texts that an expression without anchors matches as a whole.</summary>
    public Phrase Write(RegexNode node)
    {
        work.Spend();
        switch (node)
        {
            case RegexSet set:
                return character(set.Ranges);
            case RegexSequence sequence:
                return Phrase.Of([.. sequence.Parts.Select(Write)]);
            case RegexChoice choice:
                return Phrase.OneOf([.. choice.Options.Select(Write)]);
            case RegexRepeat repeat:
                return Phrase.Repeat(Write(repeat.Body), repeat.Least, repeat.Most);
            default:
                throw new InvalidOperationException("An anchor is left.");
        }
    }
}
