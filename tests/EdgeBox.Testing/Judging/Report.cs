using System.Diagnostics;
using System.Globalization;

namespace EdgeBox.Testing.Judging;

/// <summary>Shows what a box makes of held-out lines, and counts.</summary>
public static class Report
{
    private const int AtOnce = 16;

    // One line of each is shown, in this order, as long as there is room.
    private static readonly string[] s_shown = ["clean ug", "clean my", "clean dz", "clean zh", "convert Arabic-Latin", "repair ug", "clean my-zawgyi"];

    /// <summary>A few lines with before and after, then how many of all came out as they should.</summary>
    /// <param name="socket">The box's socket.</param>
    /// <param name="file">The held-out lines.</param>
    /// <param name="seed">Which lines are shown.</param>
    public static async Task ShowAsync(string socket, string file, int seed)
    {
        var cases = HeldOutCase.Read(file);
        using var box = new BoxClient(socket);
        Console.WriteLine($"\nLines that it has never seen, chosen by chance (SEED={seed} shows these again):");
#pragma warning disable CA5394 // Chance is all that is wanted.
        var random = new Random(seed);
        foreach (var group in s_shown)
        {
            var many = cases.Where(c => c.Group == group).ToList();
            var judged = await box.AskAsync(many[random.Next(many.Count)]);
            Console.WriteLine($"\n  {group}\n    before  {OneLine(judged.Case.Given)}\n    after   {OneLine(judged.Text)}");
            Console.WriteLine("    " + Verdict(judged));
        }
#pragma warning restore CA5394

        var watch = Stopwatch.StartNew();
        var all = await box.AskAllAsync(cases, AtOnce);
        var seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nOf {all.Count} held-out lines {all.Count(j => j.IsExact)} came out exact, in {seconds:F1} s ({all.Sum(j => j.Tokens) / seconds:F0} tokens a second, {AtOnce} at once)."));
    }

    /// <summary>A table for each group: errors before and after, words, chrF2.</summary>
    /// <param name="socket">The box's socket.</param>
    /// <param name="file">The held-out lines.</param>
    /// <param name="attempts">See <see cref="BoxClient.Attempts"/>.</param>
    public static async Task TableAsync(string socket, string file, uint attempts)
    {
        using var box = new BoxClient(socket) { Attempts = attempts };
        var watch = Stopwatch.StartNew();
        var all = await box.AskAllAsync(HeldOutCase.Read(file), AtOnce);
        Console.WriteLine("| group | lines | exact | CER before | CER after | errors removed | words exact | chrF2 | checks passed |\n|---|---|---|---|---|---|---|---|---|");
        foreach (var group in all.GroupBy(j => j.Case.Group))
        {
            var length = (double)group.Sum(j => TextScores.Length(j.Case.Wanted));
            var (before, after) = (group.Sum(j => j.ErrorsBefore), group.Sum(j => j.Errors));
            var words = group.Select(j => TextScores.Words(j.Text, j.Case.Wanted)).Aggregate((a, b) => (a.Exact + b.Exact, a.All + b.All));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {group.Key} | {group.Count()} | {(double)group.Count(j => j.IsExact) / group.Count():P1} | {before / length:F4} | {after / length:F4} | {1 - ((double)after / Math.Max(1, before)):P1} | {(double)words.Exact / Math.Max(1, words.All):P1} | {TextScores.Chrf(group.Select(j => (j.Text, j.Case.Wanted))):F1} | {(double)group.Count(j => j.Passed) / group.Count():P1} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{all.Count} lines in {watch.Elapsed.TotalSeconds:F1} s, {all.Sum(j => j.Tokens) / watch.Elapsed.TotalSeconds:F0} tokens a second"));
    }

    private static string Verdict(Judged judged)
    {
        var check = judged.Passed ? "✓ passed the box's checks" : "✗ did not pass the box's checks";
        return judged.IsExact ? check + "; exactly the reference" : $"{check}; {judged.Errors} characters from the reference: {OneLine(judged.Case.Wanted)}";
    }

    private static string OneLine(string text) => text.Replace("\n", "⏎", StringComparison.Ordinal);
}
