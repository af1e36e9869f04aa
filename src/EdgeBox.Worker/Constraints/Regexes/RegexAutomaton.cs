using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Makes the automaton of a regular expression: first one that may be in several states at once (Thompson), then one that may not.</summary>
internal sealed class RegexAutomaton(Work work)
{
    private const int Always = 0;
    private const int AtBegin = 1;
    private const int AtEnd = 2;

    /// <summary>For each state what leads on without a character, and when.</summary>
    private readonly List<List<(int Target, int When)>> _silent = [];

    /// <summary>For each state the characters that lead to the next state.</summary>
    private readonly List<(CharacterRange[] Set, int Target)> _reads = [];

    /// <summary>The texts in which the expression is found.</summary>
    /// <exception cref="GrammarException">It is too large.</exception>
    public static Automaton Search(RegexNode node, Work work) =>
        new RegexAutomaton(work).Make(new RegexSequence([RegexNode.Anything, node, RegexNode.Anything]));

    private Automaton Make(RegexNode node)
    {
        var begin = NewState();
        var end = Build(node, begin);
        var (known, edges, ends, todo) = (new Dictionary<string, int>(), new List<List<AutomatonEdge>>(), new List<bool>(), new Queue<int[]>());
        Number(Closure([begin], Always | AtBegin));
        while (todo.TryDequeue(out var states))
        {
            var list = new List<AutomatonEdge>();
            var atBegin = edges.Count == 0 ? AtBegin : Always;
            edges.Add(list);
            ends.Add(Closure(states, atBegin | AtEnd).Contains(end));
            foreach (var (first, last, targets) in Targets(states))
            {
                list.Add(new(first, last, Number(Closure(targets, Always))));
            }
        }

        return Automaton.Of(edges, ends, work);

        int Number(int[] states)
        {
            // The first set is one by itself: only there the text begins.
            var key = known.Count == 0 ? "begin" : string.Join(',', states);
            if (!known.TryGetValue(key, out var number))
            {
                known.Add(key, number = known.Count);
                todo.Enqueue(states);
            }

            return number < Automaton.Most ? number : throw Automaton.TooLarge();
        }
    }

    /// <summary>The state behind what the expression matches from a state on.</summary>
    private int Build(RegexNode node, int from)
    {
        switch (node)
        {
            case RegexSet set:
                var behind = NewState();
                _reads[from] = (set.Ranges, behind);
                return behind;
            case RegexAnchor anchor:
                var held = NewState();
                _silent[from].Add((held, anchor.AtEnd ? AtEnd : AtBegin));
                return held;
            case RegexSequence sequence:
                return sequence.Parts.Aggregate(from, (at, part) => Build(part, at));
            case RegexChoice choice:
                var after = NewState();
                foreach (var option in choice.Options)
                {
                    Connect(Build(option, NewState(from)), after);
                }

                return after;
            case RegexRepeat repeat:
                return BuildRepeat(repeat, from);
            default:
                throw new InvalidOperationException("There is no such expression.");
        }
    }

    private int BuildRepeat(RegexRepeat repeat, int from)
    {
        var at = from;
        for (var i = 0; i < repeat.Least; i++)
        {
            at = Build(repeat.Body, NewState(at));
        }

        var end = NewState(at);
        if (repeat.Most is null)
        {
            var loop = NewState(at);
            var behind = Build(repeat.Body, NewState(loop));
            Connect(behind, loop);
            Connect(loop, end);
            return end;
        }

        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            at = Build(repeat.Body, NewState(at));
            Connect(at, end);
        }

        return end;
    }

    private int NewState(int? before = null)
    {
        work.Spend();
        var state = _silent.Count;
        if (state > 4 * Automaton.Most)
        {
            throw Automaton.TooLarge();
        }

        _silent.Add([]);
        _reads.Add(([], state));
        if (before is { } from)
        {
            Connect(from, state);
        }

        return state;
    }

    private void Connect(int from, int to) => _silent[from].Add((to, Always));

    /// <summary>The states that can be reached without a character.</summary>
    private int[] Closure(IEnumerable<int> states, int where)
    {
        var (seen, todo) = (new HashSet<int>(), new Stack<int>(states));
        while (todo.TryPop(out var state))
        {
            work.Spend();
            if (!seen.Add(state))
            {
                continue;
            }

            foreach (var (target, when) in _silent[state])
            {
                if ((when & where) == when)
                {
                    todo.Push(target);
                }
            }
        }

        return [.. seen.Order()];
    }

    /// <summary>The ranges of characters over which the next states are the same.</summary>
    private List<(int First, int Last, List<int> Targets)> Targets(int[] states)
    {
        var changes = new List<(int At, int Target, bool Begins)>();
        foreach (var state in states)
        {
            foreach (var (first, last) in _reads[state].Set)
            {
                changes.Add((first, _reads[state].Target, true));
                changes.Add((last + 1, _reads[state].Target, false));
            }
        }

        work.Spend(changes.Count);
        changes.Sort((one, other) => one.At.CompareTo(other.At));
        var (found, current) = (new List<(int, int, List<int>)>(), new HashSet<int>());
        for (var i = 0; i < changes.Count;)
        {
            var at = changes[i].At;

            // Several ranges of one set may touch, so what ends is taken out before what begins is put in.
            var here = changes.Skip(i).TakeWhile(change => change.At == at).ToList();
            i += here.Count;
            current.ExceptWith(here.Where(change => !change.Begins).Select(change => change.Target));
            current.UnionWith(here.Where(change => change.Begins).Select(change => change.Target));
            if (current.Count > 0)
            {
                work.Spend(current.Count);
                found.Add((at, changes[i].At - 1, [.. current]));
            }
        }

        return found;
    }
}
