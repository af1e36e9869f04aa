namespace EdgeBox.Worker.Constraints.Writing;

/// <summary>Sets of characters, U+0000 among them, which JSON can write as an escape; surrogates are none.</summary>
internal static class CodePoints
{
    /// <summary>Every character.</summary>
    public static readonly CharacterRange[] All = [new(0, 0xD7FF), new(0xE000, CharacterSet.Largest)];

    /// <summary>What is in any of the ranges, in order and apart.</summary>
    public static CharacterRange[] Union(IEnumerable<CharacterRange> ranges)
    {
        var merged = new List<CharacterRange>();
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

        return Intersect(merged, All);
    }

    /// <summary>Every other character.</summary>
    public static IReadOnlyList<CharacterRange> Complement(IReadOnlyList<CharacterRange> set)
    {
        var rest = new List<CharacterRange>();
        var next = 0;
        foreach (var (first, last) in set)
        {
            if (first > next)
            {
                rest.Add(new(next, first - 1));
            }

            next = last + 1;
        }

        if (next <= CharacterSet.Largest)
        {
            rest.Add(new(next, CharacterSet.Largest));
        }

        return Intersect(rest, All);
    }

    /// <summary>What is in both sets.</summary>
    public static CharacterRange[] Intersect(IReadOnlyList<CharacterRange> one, IReadOnlyList<CharacterRange> other)
    {
        var both = new List<CharacterRange>();
        for (var (i, j) = (0, 0); i < one.Count && j < other.Count;)
        {
            var (first, last) = (Math.Max(one[i].First, other[j].First), Math.Min(one[i].Last, other[j].Last));
            if (first <= last)
            {
                both.Add(new(first, last));
            }

            if (one[i].Last < other[j].Last)
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return [.. both];
    }
}
