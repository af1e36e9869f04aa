using System.Globalization;

namespace EdgeBox.Daemon.Checks;

/// <summary>Judges how large a regular expression becomes when its counted repeats are written out, before an engine does so.</summary>
internal static class RepeatBound
{
    /// <summary>No expression needs more copies of its parts than this.</summary>
    public const long Most = 1000;

    /// <summary>The largest product of counted repeats that lie in one another; an upper bound, taken from the text alone.</summary>
    public static long Of(string pattern)
    {
        // For each open group: the largest product found inside it.
        var inside = new Stack<long>();
        long here = 1, last = 1;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    last = 1;
                    break;
                case '[':
                    i = EndOfClass(pattern, i);
                    last = 1;
                    break;
                case '(':
                    inside.Push(here);
                    here = last = 1;
                    break;
                case ')' when inside.Count > 0:
                    last = here;
                    here = Math.Max(inside.Pop(), last);
                    break;
                case '{' when Count(pattern, i) is { } count:
                    i = pattern.IndexOf('}', i);
                    last = Math.Min(last * Math.Max(1, count), long.MaxValue >> 32);
                    here = Math.Max(here, last);
                    break;
                case '?' or '*' or '+':
                    break;
                default:
                    last = 1;
                    break;
            }
        }

        // Groups that were left open hold what is inside them.
        return inside.Count == 0 ? here : inside.Aggregate(here, Math.Max);
    }

    private static int EndOfClass(string pattern, int start)
    {
        for (var i = start + 1; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == ']' && i > start + 1)
            {
                return i;
            }
        }

        return pattern.Length;
    }

    /// <summary>The larger number of {n}, {n,} or {n,m}; null if it is none.</summary>
    private static long? Count(string pattern, int start)
    {
        var end = pattern.IndexOf('}', start);
        if (end < 0 || end - start > 24)
        {
            return null;
        }

        long most = 0;
        foreach (var part in pattern[(start + 1)..end].Split(','))
        {
            if (part.Length > 0 && !long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out most))
            {
                return null;
            }
        }

        return most;
    }
}
