namespace EdgeBox.Worker.Constraints;

/// <summary>A range of bytes and the state behind it.</summary>
internal readonly record struct ByteEdge(byte First, byte Last, int Target);

/// <summary>Sets of characters as automata over their UTF-8 bytes; equal parts are shared, and only well-formed UTF-8 is known.</summary>
internal sealed class ByteStates
{
    /// <summary>The state in which a character is whole.</summary>
    public const int Whole = -1;

    private readonly Dictionary<string, int> _known = [];
    private readonly List<ByteEdge[]> _states = [];

    /// <summary>The state before the first byte of a character of the set.</summary>
    public int StateOf(CharacterRange[] set) => Known("set", set, () =>
    [
        .. Clip(set, 0, 0x7F).Select(range => new ByteEdge((byte)range.First, (byte)range.Last, Whole)),
        .. Edges(Clip(set, 0x80, 0x7FF), 1, 0xC0),
        .. Edges(Clip(set, 0x800, 0xFFFF), 2, 0xE0),
        .. Edges(Clip(set, 0x10000, CharacterSet.Largest), 3, 0xF0),
    ]);

    /// <summary>The state behind a byte; false if the byte cannot come.</summary>
    public bool TryNext(int state, byte value, out int target)
    {
        foreach (var edge in _states[state])
        {
            if (value <= edge.Last)
            {
                target = edge.Target;
                return value >= edge.First;
            }
        }

        target = 0;
        return false;
    }

    /// <summary>Numbers bytes so that those have the same number which no state tells apart; the second array has one byte for each number.</summary>
    public (byte[] Classes, byte[] Examples) Classify()
    {
        var begins = new bool[257];
        begins[0] = true;
        foreach (var edge in _states.SelectMany(edges => edges))
        {
            begins[edge.First] = true;
            begins[edge.Last + 1] = true;
        }

        var (classes, examples) = (new byte[256], new List<byte>());
        for (var value = 0; value < 256; value++)
        {
            if (begins[value])
            {
                examples.Add((byte)value);
            }

            classes[value] = (byte)(examples.Count - 1);
        }

        return (classes, [.. examples]);
    }

    private int Known(string kind, CharacterRange[] ranges, Func<ByteEdge[]> make)
    {
        var key = $"{kind}:{string.Join(',', ranges.Select(range => $"{range.First:X}-{range.Last:X}"))}";
        if (!_known.TryGetValue(key, out var state))
        {
            var edges = make();
            state = _states.Count;
            _states.Add(edges);
            _known.Add(key, state);
        }

        return state;
    }

    /// <summary>The state that reads so many continuation bytes, whose bits together lie in one of the ranges.</summary>
    private int Continuation(CharacterRange[] ranges, int count) =>
        count == 0 ? Whole : Known($"c{count}", ranges, () => [.. Edges(ranges, count - 1, 0x80)]);

    /// <summary>Splits values into their highest bits, which the next byte carries, and the bits of the bytes behind it.</summary>
    private List<ByteEdge> Edges(CharacterRange[] ranges, int behind, int prefix)
    {
        var (shift, below) = (6 * behind, (1 << (6 * behind)) - 1);
        var parts = new SortedDictionary<int, List<CharacterRange>>();
        foreach (var range in ranges)
        {
            for (var high = range.First >> shift; high <= range.Last >> shift; high++)
            {
                if (!parts.TryGetValue(high, out var low))
                {
                    parts.Add(high, low = []);
                }

                low.Add(new(Math.Max(range.First, high << shift) & below, Math.Min(range.Last, (high << shift) | below) & below));
            }
        }

        var edges = new List<ByteEdge>();
        foreach (var (high, low) in parts)
        {
            var (value, target) = ((byte)(prefix | high), Continuation([.. low], behind));
            if (edges.Count > 0 && edges[^1].Target == target && edges[^1].Last + 1 == value)
            {
                edges[^1] = edges[^1] with { Last = value };
            }
            else
            {
                edges.Add(new(value, value, target));
            }
        }

        return edges;
    }

    private static CharacterRange[] Clip(CharacterRange[] set, int first, int last) =>
    [
        .. set.Where(range => range.First <= last && range.Last >= first)
            .Select(range => new CharacterRange(Math.Max(range.First, first), Math.Min(range.Last, last))),
    ];
}
