using System.Globalization;

namespace EdgeBox.Daemon.Checks;

/// <summary>The numbers of a text as values, in whatever digits and with whatever separators they are written.</summary>
/// <remarks>
/// A number is what decimal digits of any script say; words, Roman and Chinese numerals and fractions are none. "1.234" can mean two
/// values, and both are kept. Dates, times and addresses fall apart into their parts.
/// </remarks>
internal static class Numbers
{
    /// <summary>No number has more groups of two digits.</summary>
    private const int MostGroupsOfTwo = 8;

    /// <summary>One number: its value as decimal text without idle zeros, and the other value that it may have.</summary>
    /// <param name="Value">The value; of two, the one whose separator parts thousands.</param>
    /// <param name="Other">The other value; null if there is none.</param>
    internal readonly record struct Number(string Value, string? Other);

    /// <summary>Every number, in order.</summary>
    public static IEnumerable<Number> Of(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (DigitAt(text, i, out _) < 0)
            {
                i++;
                continue;
            }

            var groups = new List<string>();
            var separators = new List<char>();
            i = ReadGroups(text, i, groups, separators);
            foreach (var number in Read(groups, separators))
            {
                yield return number;
            }
        }
    }

    /// <summary>Reads groups of digits and what stands between them.</summary>
    private static int ReadGroups(string text, int i, List<string> groups, List<char> separators)
    {
        while (true)
        {
            var group = new System.Text.StringBuilder();
            for (int digit, length; (digit = DigitAt(text, i, out length)) >= 0; i += length)
            {
                group.Append((char)('0' + digit));
            }

            groups.Add(group.ToString());
            if (i + 1 >= text.Length || KindOf(text[i]) is not { } separator || DigitAt(text, i + 1, out _) < 0)
            {
                return i;
            }

            separators.Add(separator);
            i++;
        }
    }

    private static int DigitAt(string text, int i, out int length)
    {
        length = 1;
        if (i >= text.Length)
        {
            return -1;
        }

        if (char.IsAscii(text[i]))
        {
            return char.IsAsciiDigit(text[i]) ? text[i] - '0' : -1;
        }

        length = char.IsSurrogatePair(text, i) ? 2 : 1;
        return CharUnicodeInfo.GetDecimalDigitValue(text, i);
    }

    /// <summary>What a separator is: '.' and ',' may be either, 'd' is a decimal point, 'g' parts thousands.</summary>
    private static char? KindOf(char c) => c switch
    {
        '.' or '\uFF0E' => '.',
        ',' or '\uFF0C' => ',',
        '\u066B' => 'd',
        '\u066C' or '\u00A0' or '\u202F' or '\u2009' or ' ' or '\'' or '\u2019' => 'g',
        _ => null,
    };

    private static List<Number> Read(List<string> groups, List<char> separators)
    {
        var numbers = new List<Number>();
        var start = 0;
        while (start < groups.Count)
        {
            // As many groups of thousands as one kind of separator parts; then perhaps a decimal point.
            var kind = start < separators.Count ? separators[start] : '\0';
            var end = start;
            while (kind is 'g' or '.' or ',' && end < separators.Count && separators[end] == kind && PartsThousands(groups, start, end + 1))
            {
                end++;
            }

            // Several of one kind of which not all part thousands are those of a date, an address or a list.
            if (kind is '.' or ',' && (end < separators.Count && separators[end] == kind || start > 0 && separators[start - 1] == kind))
            {
                end = start;
            }

            var grouped = string.Concat(groups.Skip(start).Take(end - start + 1));
            if (end < separators.Count && IsPoint(separators[end], kind, end - start) && (end > start || Alone(separators, end)))
            {
                numbers.Add(new Number(Value(grouped, groups[end + 1]), null));
                end++;
            }
            else if (end == start + 1 && kind is '.' or ',')
            {
                numbers.Add(groups[start] is "0" or "00"
                    ? new Number(Value(groups[start], groups[end]), null)
                    : new Number(Value(grouped, ""), Value(groups[start], groups[end])));
            }
            else
            {
                numbers.Add(new Number(Value(grouped, ""), null));
            }

            start = end + 1;
        }

        return numbers;
    }

    /// <summary>Whether a group is one of thousands: the first has one to three digits, the others three, or two as in India where three follow.</summary>
    private static bool PartsThousands(List<string> groups, int start, int group) =>
        groups[start].Length is >= 1 and <= 3 && (groups[group].Length == 3 || groups[group].Length == 2 && groups[start].Length <= 2 && LastOfIndia(groups, group));

    /// <summary>Whether groups of two digits lead up to one of three.</summary>
    private static bool LastOfIndia(List<string> groups, int group)
    {
        var last = Math.Min(groups.Count - 1, group + MostGroupsOfTwo);
        while (group < last && groups[group].Length == 2)
        {
            group++;
        }

        return groups[group].Length == 3;
    }

    private static bool IsPoint(char separator, char grouping, int groups) =>
        separator == 'd' || separator is '.' or ',' && (groups == 0 || separator != grouping);

    /// <summary>Whether a point is not one of several, as in dates and addresses.</summary>
    private static bool Alone(List<char> separators, int at) =>
        separators[at] == 'd'
        || (at + 1 >= separators.Count || separators[at + 1] != separators[at]) && (at == 0 || separators[at - 1] != separators[at]);

    private static string Value(string whole, string fraction)
    {
        var left = whole.TrimStart('0');
        var right = fraction.TrimEnd('0');
        return (left.Length == 0 ? "0" : left) + (right.Length == 0 ? "" : "." + right);
    }
}
