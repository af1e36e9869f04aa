using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>A regular expression that must be found in a text.</summary>
internal sealed class SchemaPattern(string pattern, string pointer, Work work)
{
    private RegexNode? _node;
    private Automaton? _automaton;

    public string Text => pattern;

    /// <exception cref="GrammarException">It is no regular expression, or beyond what is supported.</exception>
    public RegexNode Node => _node ??= Named(() => new RegexParser(pattern, work).Parse());

    /// <exception cref="GrammarException">It is too large.</exception>
    public Automaton Automaton => _automaton ??= Named(() => RegexAutomaton.Search(Node, work));

    /// <summary>The expression without anchors, if it is held at both ends; null if the automaton is needed.</summary>
    public RegexNode? Whole =>
        RegexPhrases.IsHeld(Node, atEnd: false) && RegexPhrases.IsHeld(Node, atEnd: true) ? RegexPhrases.Unanchor(Node) : null;

    /// <summary>Whether it is found in a text.</summary>
    /// <exception cref="GrammarException">It is too large, or too many texts were looked at.</exception>
    public bool Matches(string text)
    {
        work.Spend(1 + (text.Length / 16));
        return Automaton.Matches(text);
    }

    private T Named<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (GrammarException problem)
        {
            throw SchemaDocument.Refuse(pointer, problem.Message);
        }
    }
}
