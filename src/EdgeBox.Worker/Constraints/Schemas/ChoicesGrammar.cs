using System.Globalization;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Makes grammars of lists of texts, one of which the whole answer must be.</summary>
internal static class ChoicesGrammar
{
    /// <summary>Texts in a list.</summary>
    public const int Most = 10_000;

    /// <summary>The grammar that matches exactly the texts.</summary>
    /// <exception cref="GrammarException">There is none, or one cannot be written; the message is fit for a client.</exception>
    public static string Compile(IReadOnlyList<string> texts)
    {
        if (texts.Count is 0 or > Most)
        {
            throw new GrammarException(string.Create(CultureInfo.InvariantCulture, $"choices: there are {texts.Count}; 1 to {Most} are allowed"));
        }

        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i].Contains('\0', StringComparison.Ordinal) || !UnicodeText.IsWhole(texts[i]))
            {
                throw new GrammarException(string.Create(
                    CultureInfo.InvariantCulture, $"choices/{i}: a character that cannot be written: U+0000 and lone surrogates cannot"));
            }
        }

        // A choice that begins like others waits for them no longer than their common begin: the grammar is a tree of what differs.
        var work = new Work();
        var rules = new RuleBook("root", work);
        var tree = new Regexes.AutomatonPhrases(rules, set => Phrase.Character(set), Phrase.Empty, work);
        return rules.Write(tree.Write(Regexes.Automaton.OfTexts(texts, work)))!;
    }
}
