using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Writes automata as rules: one for each state from which there are several ways.</summary>
/// <param name="rules">Where the rules go.</param>
/// <param name="character">How one character of a set is written.</param>
/// <param name="end">What is written where the text ends.</param>
/// <param name="work">What it takes.</param>
/// <param name="loops">How often at most a state may lead back to itself at once; without, there is no limit.</param>
internal sealed class AutomatonPhrases(RuleBook rules, Func<CharacterRange[], Phrase> character, Phrase end, Work work, int? loops = null)
{
    private Reference?[] _states = [];

    /// <summary>The rule of the texts that an automaton matches, each with its end.</summary>
    public Reference Write(Automaton automaton)
    {
        _states = new Reference?[automaton.Edges.Length];
        var todo = new Queue<int>();
        var root = StateOf(0, todo);
        while (todo.TryDequeue(out var state))
        {
            rules.Define(_states[state]!, Body(automaton, state, todo));
        }

        return root;
    }

    private Reference StateOf(int state, Queue<int> todo)
    {
        if (_states[state] is not { } rule)
        {
            _states[state] = rule = rules.Reserve();
            todo.Enqueue(state);
        }

        return rule;
    }

    private Phrase Body(Automaton automaton, int state, Queue<int> todo)
    {
        var options = new List<Phrase>();
        if (automaton.Ends[state])
        {
            options.Add(end);
        }

        Phrase? loop = null;
        foreach (var (target, set) in Sets(automaton, state))
        {
            if (target == state)
            {
                loop = Phrase.Repeat(character(set), 0, loops);
            }
            else
            {
                options.Add(Chain(automaton, state, target, set, todo));
            }
        }

        return loop is null ? Phrase.OneOf(options) : Phrase.Of(loop, Phrase.OneOf(options));
    }

    /// <summary>One way out of a state, as far as there is only one way on.</summary>
    private Phrase Chain(Automaton automaton, int state, int target, CharacterRange[] set, Queue<int> todo)
    {
        var parts = new List<Phrase> { character(set) };
        for (var at = target; ; at = target)
        {
            work.Spend();
            if (automaton.Ends[at] && automaton.Edges[at].Length == 0)
            {
                parts.Add(end);
                return Phrase.Of([.. parts]);
            }

            if (automaton.Ends[at] || Sets(automaton, at) is not [var (next, only)] || next == at || next == state || _states[at] is not null || parts.Count > 64)
            {
                parts.Add(StateOf(at, todo));
                return Phrase.Of([.. parts]);
            }

            parts.Add(character(only));
            target = next;
        }
    }

    private List<(int Target, CharacterRange[] Set)> Sets(Automaton automaton, int state)
    {
        work.Spend(automaton.Edges[state].Length);
        var sets = new Dictionary<int, List<CharacterRange>>();
        foreach (var edge in automaton.Edges[state])
        {
            if (!sets.TryGetValue(edge.Target, out var ranges))
            {
                sets.Add(edge.Target, ranges = []);
            }

            ranges.Add(new(edge.First, edge.Last));
        }

        return [.. sets.Select(set => (set.Key, CodePoints.Union(set.Value)))];
    }
}
