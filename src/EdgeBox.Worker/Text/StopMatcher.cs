using System.Buffers;
using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Text;

/// <summary>Looks for stop texts in a text that arrives in pieces, and holds back what may be the start of one.</summary>
/// <remarks>
/// The stop text that is complete first wins, the longest of those that end together: so the outcome does not depend on
/// how the text was cut into pieces. (The automaton is Aho and Corasick's.)
/// </remarks>
internal sealed class StopMatcher
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<Node> _nodes = [new Node(0, 0, null)];
    private readonly List<char> _held = [];
    private int _node;

    public StopMatcher(IEnumerable<string> stops)
    {
        foreach (var stop in stops.Where(s => s.Length > 0))
        {
            Insert(stop);
        }

        LinkSuffixes();
    }

    /// <summary>The stop text that came.</summary>
    public string? Matched { get; private set; }

    /// <summary>Adds text; what cannot be the start of a stop text goes to the output. After a match everything is swallowed.</summary>
    /// <returns>Whether a stop text has come.</returns>
    public bool Append(ReadOnlySpan<char> text, ArrayBufferWriter<char> output)
    {
        if (Matched is not null)
        {
            return true;
        }

        if (_nodes.Count == 1)
        {
            output.Write(text);
            return false;
        }

        foreach (var c in text)
        {
            _held.Add(c);
            _node = Follow(_node, c);
            if (_nodes[_node].Stop is { } stop)
            {
                Release(_held.Count - stop.Length, output);
                _held.Clear();
                Matched = stop;
                return true;
            }
        }

        Release(_held.Count - _nodes[_node].Depth, output);
        return false;
    }

    /// <summary>Ends the text: what was held back was no stop text.</summary>
    public void Finish(ArrayBufferWriter<char> output)
    {
        Release(_held.Count, output);
        _node = 0;
    }

    private void Release(int count, ArrayBufferWriter<char> output)
    {
        output.Write(CollectionsMarshal.AsSpan(_held)[..count]);
        _held.RemoveRange(0, count);
    }

    private int Follow(int node, char c)
    {
        while (true)
        {
            if (_edges.TryGetValue((node, c), out var next))
            {
                return next;
            }

            if (node == 0)
            {
                return 0;
            }

            node = _nodes[node].Suffix;
        }
    }

    private void Insert(string stop)
    {
        var node = 0;
        foreach (var c in stop)
        {
            if (!_edges.TryGetValue((node, c), out var next))
            {
                next = _nodes.Count;
                _edges.Add((node, c), next);
                _nodes.Add(new Node(_nodes[node].Depth + 1, 0, null));
            }

            node = next;
        }

        _nodes[node] = _nodes[node] with { Stop = stop };
    }

    private void LinkSuffixes()
    {
        // Nodes by depth: the suffix of a node is shallower, so it is linked before.
        foreach (var ((from, c), node) in _edges.OrderBy(e => _nodes[e.Value].Depth))
        {
            var suffix = from == 0 ? 0 : Follow(_nodes[from].Suffix, c);
            _nodes[node] = _nodes[node] with { Suffix = suffix, Stop = _nodes[node].Stop ?? _nodes[suffix].Stop };
        }
    }

    private readonly record struct Node(int Depth, int Suffix, string? Stop);
}
