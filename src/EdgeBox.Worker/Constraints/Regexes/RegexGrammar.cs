using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Makes grammars of regular expressions that the whole answer must match.</summary>
internal static class RegexGrammar
{
    /// <summary>The grammar of the texts that an expression matches from their begin to their end.</summary>
    /// <exception cref="GrammarException">The text is no regular expression, or beyond what is supported; the message is fit for a client.</exception>
    public static string Compile(string pattern) => Compile(pattern, new Work());

    /// <summary>The same, counting what it takes.</summary>
    public static string Compile(string pattern, Work work)
    {
        var node = RegexPhrases.Unanchor(new RegexParser(pattern, work).Parse())
            ?? throw new GrammarException("regular expression: \"^\" and \"$\" are supported at its begin and end only, which they mean anyway");
        var rules = new RuleBook("root", work);
        var root = rules.Add(new RegexPhrases(Character, work).Write(node));
        return rules.Write(root) ?? throw new GrammarException("regular expression: it matches no text that can be written");
    }

    // A text as it is has no way to write U+0000.
    private static Phrase Character(CharacterRange[] set) => Phrase.Character(CodePoints.Intersect(set, [new(1, CharacterSet.Largest)]));
}
