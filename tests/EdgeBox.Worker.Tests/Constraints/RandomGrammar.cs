using System.Text;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>Random grammars of a few rules, and random texts of their languages.</summary>
internal sealed class RandomGrammar
{
    private static readonly int[] s_characters = ['a', 'b', 'c', '(', ')', '-', ']', '"', '\\', '\n', 'é', 'ခ', 'ཀ', 0x1F600];

    private static readonly (string Sign, int Least, int? Most)[] s_repeats =
        [("*", 0, null), ("+", 1, null), ("?", 0, 1), ("{2}", 2, 2), ("{1,}", 1, null), ("{ 1, 3 }", 1, 3), ("{0,2}", 0, 2), ("{0}", 0, 0), ("{3,40}", 3, 40)];

    private readonly Random _random;
    private readonly List<ReferenceNode> _rules = [];
    private readonly int _count;

    public RandomGrammar(int seed)
    {
        _random = new Random(seed);
        _count = _random.Next(1, 5);
        for (var rule = 0; rule < _count; rule++)
        {
            _rules.Add(Node(rule, 3));
        }
    }

    public ReferenceNode Root => _rules[0];

    public string Write() => string.Join('\n', _rules.Select((rule, i) => $"{new ReferenceRule(_rules, i).Write()} ::= {rule.Write()} # {i}"));

    /// <summary>A text of the language; null if it did not come to an end soon.</summary>
    public byte[]? Text()
    {
        var text = new StringBuilder();
        return Speak(Root, text, 0) ? Encoding.UTF8.GetBytes(text.ToString()) : null;
    }

    private ReferenceNode Node(int rule, int depth) => _random.Next(depth > 0 ? 8 : 2) switch
    {
        0 => new ReferenceLiteral(string.Concat(Enumerable.Range(0, _random.Next(1, 4)).Select(_ => char.ConvertFromUtf32(Character())))),
        1 => Class(),
        2 or 3 => new ReferenceSequence([.. Nodes(rule, depth)]),
        4 => new ReferenceChoice([.. Nodes(rule, depth)]),
        5 when rule + 1 < _count => new ReferenceRule(_rules, _random.Next(rule + 1, _count)),
        6 => new ReferenceSequence([new ReferenceLiteral("("), new ReferenceRepeat(new ReferenceRule(_rules, _random.Next(_count)), 0, 1, "?"), new ReferenceLiteral(")")]),
        _ => Repeat(Node(rule, depth - 1)),
    };

    private IEnumerable<ReferenceNode> Nodes(int rule, int depth) => Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Node(rule, depth - 1)).ToList();

    private ReferenceRepeat Repeat(ReferenceNode node)
    {
        var (sign, least, most) = s_repeats[_random.Next(s_repeats.Length)];
        return new(node, least, most, sign);
    }

    private ReferenceClass Class() => _random.Next(6) == 0
        ? new([], false)
        : new([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Range())], _random.Next(3) == 0);

    private (int First, int Last) Range()
    {
        var (one, other) = (Character(), _random.Next(2) == 0 ? Character() : 0);
        return other == 0 ? (one, one) : (Math.Min(one, other), Math.Max(one, other));
    }

    private int Character() => s_characters[_random.Next(s_characters.Length)];

    private bool Speak(ReferenceNode node, StringBuilder text, int depth)
    {
        if (depth > 40 || text.Length > 60)
        {
            return false;
        }

        switch (node)
        {
            case ReferenceLiteral literal:
                text.Append(literal.Text);
                return true;
            case ReferenceClass set:
                var fitting = s_characters.Where(c => set.Ends(ReferenceInput.Of(c), 0).Count > 0).ToList();
                text.Append(fitting.Count == 0 ? "" : char.ConvertFromUtf32(fitting[_random.Next(fitting.Count)]));
                return fitting.Count > 0;
            case ReferenceRule rule:
                return Speak(_rules[rule.Number], text, depth + 1);
            case ReferenceSequence sequence:
                return sequence.Nodes.All(part => Speak(part, text, depth + 1));
            case ReferenceChoice choice:
                return Speak(choice.Nodes[_random.Next(choice.Nodes.Count)], text, depth + 1);
            case ReferenceRepeat repeat:
                var times = _random.Next(repeat.Least, Math.Min(repeat.Most ?? (repeat.Least + 3), repeat.Least + 3) + 1);
                return Enumerable.Range(0, times).All(_ => Speak(repeat.Node, text, depth + 1));
            default:
                throw new InvalidOperationException("An unknown node.");
        }
    }
}
