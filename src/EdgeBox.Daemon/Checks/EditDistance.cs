using System.Text;

namespace EdgeBox.Daemon.Checks;

/// <summary>The least number of code points to insert, delete and replace to make one text of another.</summary>
/// <remarks>Bit-parallel, 64 rows at a time (Myers, J. ACM 46(3), 1999, with Hyyrö's blocks): exact, and 65,536 by 131,072 code points take some 130 million words.</remarks>
internal static class EditDistance
{
    private const int Bits = 64;

    /// <summary>The code points of a text as its error rate is judged: white space is one space wherever there is any, and none at the ends.</summary>
    /// <param name="text">Halves of surrogate pairs count as U+FFFD.</param>
    /// <param name="most">No more are taken.</param>
    public static int[] CodePoints(string text, int most = int.MaxValue)
    {
        var points = new List<int>(Math.Min(text.Length, most));
        var space = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                space = points.Count > 0;
                continue;
            }

            if (points.Count >= most)
            {
                break;
            }

            if (space)
            {
                points.Add(' ');
                space = false;
            }

            points.Add(rune.Value);
        }

        Order(points);
        return [.. points];
    }

    /// <summary>The distance.</summary>
    public static int Between(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return Math.Max(a.Length, b.Length);
        }

        var blocks = (a.Length + Bits - 1) / Bits;
        var places = PlacesOf(a);
        var dense = places.Where(place => place.Value.Count > Bits).ToDictionary(place => place.Key, place => BitsOf(place.Value, new ulong[blocks]));
        var scratch = new ulong[blocks];
        var plus = new ulong[blocks];
        var minus = new ulong[blocks];
        Array.Fill(plus, ulong.MaxValue);
        var last = 1UL << ((a.Length - 1) % Bits);
        var distance = a.Length;
        foreach (var point in b)
        {
            if (dense.TryGetValue(point, out var bits))
            {
                distance += Column(bits, plus, minus, last);
            }
            else
            {
                var few = places.GetValueOrDefault(point) ?? [];
                distance += Column(BitsOf(few, scratch), plus, minus, last);
                few.ForEach(place => scratch[place / Bits] = 0);
            }
        }

        return distance;
    }

    /// <summary>Goes on by one column; returns what that adds to the last row.</summary>
    private static int Column(ulong[] equal, ulong[] plus, ulong[] minus, ulong last)
    {
        var carriedPlus = 1UL; // The first row grows by one in each column.
        var carriedMinus = 0UL;
        var added = 0;
        for (var block = 0; block < plus.Length; block++)
        {
            var (up, down, same) = (plus[block], minus[block], equal[block]);
            var vertical = same | down;
            same |= carriedMinus;
            var diagonal = (((same & up) + up) ^ up) | same;
            var right = down | ~(diagonal | up);
            var left = up & diagonal;
            if (block == plus.Length - 1)
            {
                added = (right & last) != 0 ? 1 : (left & last) != 0 ? -1 : 0;
            }

            var nextPlus = right >> (Bits - 1);
            var nextMinus = left >> (Bits - 1);
            right = (right << 1) | carriedPlus;
            left = (left << 1) | carriedMinus;
            (carriedPlus, carriedMinus) = (nextPlus, nextMinus);
            plus[block] = left | ~(vertical | right);
            minus[block] = right & vertical;
        }

        return added;
    }

    /// <summary>Where each code point is. Only those that come often are given rows of bits: a text of many different ones would need too much memory.</summary>
    private static Dictionary<int, List<int>> PlacesOf(ReadOnlySpan<int> text)
    {
        var places = new Dictionary<int, List<int>>();
        for (var i = 0; i < text.Length; i++)
        {
            if (!places.TryGetValue(text[i], out var of))
            {
                places.Add(text[i], of = []);
            }

            of.Add(i);
        }

        return places;
    }

    private static ulong[] BitsOf(List<int> places, ulong[] bits)
    {
        places.ForEach(place => bits[place / Bits] |= 1UL << (place % Bits));
        return bits;
    }

    /// <summary>Burmese dot below and asat are written in either order; the canonical one is U+1037, U+103A.</summary>
    private static void Order(List<int> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i] == 0x1037 && points[i - 1] == 0x103A)
            {
                (points[i - 1], points[i]) = (0x1037, 0x103A);
            }
        }
    }
}
