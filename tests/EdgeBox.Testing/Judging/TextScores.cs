using System.Text;

namespace EdgeBox.Testing.Judging;

/// <summary>How far a text is from its reference.</summary>
/// <remarks>Plain and on its own: the box is not measured with its own ruler (<c>EdgeBox.Daemon.Checks.EditDistance</c>), which takes all spaces for one.</remarks>
public static class TextScores
{
    private const int Orders = 6;
    private const double Beta = 2;

    /// <summary>Characters (code points, after NFC) to insert, remove or replace: Levenshtein's distance.</summary>
    public static int Errors(string text, string reference)
    {
        var (a, b) = (Points(text), Points(reference));
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], best);
            }
        }

        return row[b.Length];
    }

    /// <summary>Code points of a text, after NFC.</summary>
    public static int Length(string text) => Points(text).Length;

    /// <summary>Words of the reference that stand at the same place in the text, and all of them. A word is letters, marks, digits and apostrophes.</summary>
    public static (int Exact, int All) Words(string text, string reference)
    {
        var (a, b) = (WordsOf(text), WordsOf(reference));
        return (a.Zip(b).Count(pair => pair.First == pair.Second), b.Count);
    }

    /// <summary>chrF2 of a corpus, 0 to 100: character n-grams of order 1 to 6 without spaces, effective order (sacreBLEU 2.6.0, metrics/chrf.py).</summary>
    public static double Chrf(IEnumerable<(string Text, string Reference)> pairs)
    {
        var (match, made, wanted) = (new long[Orders], new long[Orders], new long[Orders]);
        foreach (var (text, reference) in pairs)
        {
            for (var order = 1; order <= Orders; order++)
            {
                var (ours, theirs) = (Grams(text, order), Grams(reference, order));
                match[order - 1] += ours.Sum(g => Math.Min(g.Value, theirs.GetValueOrDefault(g.Key)));
                made[order - 1] += theirs.Count == 0 ? 0 : ours.Values.Sum();
                wanted[order - 1] += theirs.Values.Sum();
            }
        }

        var orders = Enumerable.Range(0, Orders).Where(i => made[i] > 0 && wanted[i] > 0).ToList();
        if (orders.Count == 0)
        {
            return 0;
        }

        var (precision, recall) = (orders.Average(i => (double)match[i] / made[i]), orders.Average(i => (double)match[i] / wanted[i]));
        return precision + recall == 0 ? 0 : 100 * (1 + (Beta * Beta)) * precision * recall / ((Beta * Beta * precision) + recall);
    }

    private static Dictionary<string, int> Grams(string text, int order)
    {
        var points = text.EnumerateRunes().Where(r => !Rune.IsWhiteSpace(r)).Select(r => r.ToString()).ToList();
        return Enumerable.Range(0, Math.Max(0, points.Count - order + 1))
            .Select(i => string.Concat(points.Skip(i).Take(order)))
            .GroupBy(g => g).ToDictionary(g => g.Key, g => g.Count());
    }

    private static List<string> WordsOf(string text) =>
        [.. new string([.. text.Select(c => char.IsLetterOrDigit(c) || c == '\'' || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static Rune[] Points(string text) => [.. text.Normalize(NormalizationForm.FormC).EnumerateRunes()];
}
