using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Characters of a range and the state behind them.</summary>
internal readonly record struct AutomatonEdge(int First, int Last, int Target);

/// <summary>A deterministic automaton over characters: for each state its edges in order and apart, and whether a text may end in it.</summary>
/// <remarks>State 0 comes first. Whatever has no edge leads nowhere, and from every other state than the first there is a way to an end.</remarks>
internal sealed class Automaton
{
    /// <summary>States of one automaton.</summary>
    public const int Most = 8_192;

    /// <summary>The state from which nothing matches.</summary>
    private const int Dead = -1;

    private Automaton(AutomatonEdge[][] edges, bool[] ends) => (Edges, Ends) = (edges, ends);

    public AutomatonEdge[][] Edges { get; }

    public bool[] Ends { get; }

    /// <summary>Whether no text matches.</summary>
    public bool IsEmpty => !Ends[0] && Edges[0].Length == 0;

    /// <summary>Any text.</summary>
    public static Automaton Anything { get; } = new([[.. CodePoints.All.Select(range => new AutomatonEdge(range.First, range.Last, 0))]], [true]);

    /// <summary>An automaton without the states that lead nowhere.</summary>
    /// <param name="edges">For each state, in any order but apart.</param>
    /// <param name="ends">For each state.</param>
    /// <param name="work">What it takes.</param>
    public static Automaton Of(IReadOnlyList<List<AutomatonEdge>> edges, IReadOnlyList<bool> ends, Work work)
    {
        var before = new List<int>[edges.Count];
        for (var state = 0; state < edges.Count; state++)
        {
            work.Spend(1 + edges[state].Count);
            foreach (var edge in edges[state])
            {
                (before[edge.Target] ??= []).Add(state);
            }
        }

        var (alive, todo) = (new bool[edges.Count], new Stack<int>());
        for (var state = 0; state < edges.Count; state++)
        {
            if (ends[state])
            {
                alive[state] = true;
                todo.Push(state);
            }
        }

        while (todo.TryPop(out var state))
        {
            foreach (var other in before[state] ?? [])
            {
                if (!alive[other])
                {
                    alive[other] = true;
                    todo.Push(other);
                }
            }
        }

        alive[0] = true;
        var (numbers, count) = (new int[edges.Count], 0);
        for (var state = 0; state < edges.Count; state++)
        {
            numbers[state] = alive[state] ? count++ : Dead;
        }

        return new(
            [.. edges.Where((_, state) => alive[state]).Select(list => Join(list.Where(edge => alive[edge.Target]).Select(edge => edge with { Target = numbers[edge.Target] })))],
            [.. ends.Where((_, state) => alive[state])]);
    }

    /// <summary>The texts and no others.</summary>
    public static Automaton OfTexts(IEnumerable<string> texts, Work work)
    {
        var (edges, ends, known) = (new List<List<AutomatonEdge>> { new() }, new List<bool> { false }, new Dictionary<(int State, int Character), int>());
        foreach (var text in texts)
        {
            var state = 0;
            foreach (var rune in text.EnumerateRunes())
            {
                work.Spend();
                if (!known.TryGetValue((state, rune.Value), out var next))
                {
                    next = edges.Count;
                    known.Add((state, rune.Value), next);
                    edges[state].Add(new(rune.Value, rune.Value, next));
                    edges.Add([]);
                    ends.Add(false);
                }

                state = next;
            }

            ends[state] = true;
        }

        return Of(edges, ends, work);
    }

    /// <summary>Texts of so many characters.</summary>
    public static Automaton OfLength(int least, int? most, Work work)
    {
        if (Math.Max(least, most ?? 0) >= Most)
        {
            throw TooLarge();
        }

        var states = Math.Max(least, most ?? 0) + 1;
        var edges = Enumerable.Range(0, states).Select(state => CodePoints.All
            .Select(range => new AutomatonEdge(range.First, range.Last, Math.Min(state + 1, states - 1)))
            .Where(edge => edge.Target > state || most is null).ToList()).ToList();
        return Of(edges, [.. Enumerable.Range(0, states).Select(state => state >= least)], work);
    }

    /// <summary>The texts that both match.</summary>
    public static Automaton Both(Automaton one, Automaton other, Work work) => Combine(one, other, (a, b) => a && b, needsOne: true, needsOther: true, work);

    /// <summary>The texts that the first matches and the second does not.</summary>
    public static Automaton Without(Automaton one, Automaton other, Work work) => Combine(one, other, (a, b) => a && !b, needsOne: true, needsOther: false, work);

    /// <summary>The texts that either matches.</summary>
    public static Automaton Either(Automaton one, Automaton other, Work work) => Combine(one, other, (a, b) => a || b, needsOne: false, needsOther: false, work);

    /// <summary>The same with as few states as can be: those that no text tells apart become one (Moore). For small automata.</summary>
    public Automaton Smallest(Work work)
    {
        var (classes, count) = (Ends.Select(ends => ends ? 1 : 0).ToArray(), 0);
        while (true)
        {
            var (known, next) = (new Dictionary<string, int>(), new int[classes.Length]);
            for (var state = 0; state < classes.Length; state++)
            {
                work.Spend(1 + Edges[state].Length);
                var sign = SignOf(classes[state], Join(Edges[state].Select(edge => edge with { Target = classes[edge.Target] })));
                if (!known.TryGetValue(sign, out next[state]))
                {
                    known.Add(sign, next[state] = known.Count);
                }
            }

            var done = known.Count == count;
            (classes, count) = (next, known.Count);
            if (done)
            {
                break;
            }
        }

        var (edges, ends) = (Enumerable.Range(0, count).Select(_ => new List<AutomatonEdge>()).ToList(), new bool[count]);
        for (var state = 0; state < classes.Length; state++)
        {
            edges[classes[state]] = [.. Edges[state].Select(edge => edge with { Target = classes[edge.Target] })];
            ends[classes[state]] = Ends[state];
        }

        return Of(edges, ends, work);
    }

    /// <summary>A text that is the same for the same numbers, made faster than one that can be read.</summary>
    private static string SignOf(int own, AutomatonEdge[] edges)
    {
        var sign = new char[1 + (5 * edges.Length)];
        sign[0] = (char)own;
        for (var i = 0; i < edges.Length; i++)
        {
            var (first, last, target) = edges[i];
            (sign[(5 * i) + 1], sign[(5 * i) + 2]) = ((char)(first >> 16), (char)first);
            (sign[(5 * i) + 3], sign[(5 * i) + 4], sign[(5 * i) + 5]) = ((char)(last >> 16), (char)last, (char)target);
        }

        return new string(sign);
    }

    /// <summary>Whether a text matches as a whole.</summary>
    public bool Matches(string text)
    {
        var state = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if ((state = Step(state, rune.Value)) == Dead)
            {
                return false;
            }
        }

        return Ends[state];
    }

    public static GrammarException TooLarge() => new($"patterns and lengths together need more than {Most} states; that is the most");

    private int Step(int state, int character)
    {
        foreach (var edge in Edges[state])
        {
            if (character <= edge.Last)
            {
                return character >= edge.First ? edge.Target : Dead;
            }
        }

        return Dead;
    }

    private static Automaton Combine(Automaton one, Automaton other, Func<bool, bool, bool> matches, bool needsOne, bool needsOther, Work work)
    {
        var (edges, ends, known) = (new List<List<AutomatonEdge>>(), new List<bool>(), new Dictionary<(int One, int Other), int>());
        var todo = new Queue<(int One, int Other)>();
        Number((0, 0));
        while (todo.TryDequeue(out var pair))
        {
            var list = new List<AutomatonEdge>();
            edges.Add(list);
            ends.Add(matches(pair.One != Dead && one.Ends[pair.One], pair.Other != Dead && other.Ends[pair.Other]));
            foreach (var (first, last, a, b) in Together(EdgesOf(one, pair.One), EdgesOf(other, pair.Other)))
            {
                work.Spend();
                if ((a != Dead || b != Dead) && (a != Dead || !needsOne) && (b != Dead || !needsOther))
                {
                    list.Add(new(first, last, Number((a, b))));
                }
            }
        }

        return Of(edges, ends, work);

        int Number((int One, int Other) pair)
        {
            if (!known.TryGetValue(pair, out var number))
            {
                work.Spend();
                known.Add(pair, number = known.Count);
                todo.Enqueue(pair);
            }

            return number < Most ? number : throw TooLarge();
        }
    }

    private static AutomatonEdge[] EdgesOf(Automaton automaton, int state) => state == Dead ? [] : automaton.Edges[state];

    /// <summary>The ranges over which neither side changes, with the target on either side.</summary>
    private static IEnumerable<(int First, int Last, int One, int Other)> Together(AutomatonEdge[] one, AutomatonEdge[] other)
    {
        var (i, j, at) = (0, 0, 0);
        while (i < one.Length || j < other.Length)
        {
            var (a, b) = (i < one.Length ? one[i] : new(int.MaxValue, int.MaxValue, Dead), j < other.Length ? other[j] : new(int.MaxValue, int.MaxValue, Dead));
            at = Math.Max(at, Math.Min(a.First, b.First));
            var (inA, inB) = (a.First <= at, b.First <= at);
            var last = Math.Min(inA ? a.Last : a.First - 1, inB ? b.Last : b.First - 1);
            yield return (at, last, inA ? a.Target : Dead, inB ? b.Target : Dead);
            at = last + 1;
            i += inA && a.Last == last ? 1 : 0;
            j += inB && b.Last == last ? 1 : 0;
        }
    }

    /// <summary>In order, and neighbours with one target as one.</summary>
    private static AutomatonEdge[] Join(IEnumerable<AutomatonEdge> edges)
    {
        var joined = new List<AutomatonEdge>();
        foreach (var edge in edges.OrderBy(edge => edge.First))
        {
            if (joined.Count > 0 && joined[^1].Target == edge.Target && joined[^1].Last + 1 == edge.First)
            {
                joined[^1] = joined[^1] with { Last = edge.Last };
            }
            else
            {
                joined.Add(edge);
            }
        }

        return [.. joined];
    }
}
