namespace EdgeBox.Worker.Constraints;

/// <summary>An inclusive range of code points.</summary>
internal readonly record struct CharacterRange(int First, int Last);

/// <summary>Makes sets of characters: ranges that are in order, apart, and hold only what can be written.</summary>
/// <remarks>
/// Surrogates are no characters, and U+0000 is left out everywhere: neither this engine nor the one of llama.cpp ever lets a model write it.
/// </remarks>
internal static class CharacterSet
{
    public const int Largest = 0x10FFFF;

    private static readonly CharacterRange[] s_writable = [new(1, 0xD7FF), new(0xE000, Largest)];

    /// <summary>Every character.</summary>
    public static CharacterRange[] Any => [.. s_writable];

    /// <summary>The characters of the ranges, or with <paramref name="negated"/> all others; empty if there are none.</summary>
    public static CharacterRange[] Of(List<CharacterRange> ranges, bool negated)
    {
        var merged = Merge(ranges);
        return Intersect(negated ? Complement(merged) : merged, s_writable);
    }

    private static List<CharacterRange> Merge(List<CharacterRange> ranges)
    {
        var merged = new List<CharacterRange>(ranges.Count);
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = new(merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private static List<CharacterRange> Complement(List<CharacterRange> merged)
    {
        var rest = new List<CharacterRange>(merged.Count + 1);
        var next = 0;
        foreach (var range in merged)
        {
            if (range.First > next)
            {
                rest.Add(new(next, range.First - 1));
            }

            next = range.Last + 1;
        }

        if (next <= Largest)
        {
            rest.Add(new(next, Largest));
        }

        return rest;
    }

    private static CharacterRange[] Intersect(List<CharacterRange> ranges, CharacterRange[] others) =>
    [
        .. from range in ranges
           from other in others
           let first = Math.Max(range.First, other.First)
           let last = Math.Min(range.Last, other.Last)
           where first <= last
           select new CharacterRange(first, last),
    ];
}
