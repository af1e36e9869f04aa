using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges numbers and words that a worker says: an honest one never sends others.</summary>
internal static class Plausible
{
    /// <summary>Words of a worker that a client is told are cut after so many characters.</summary>
    public const int MaxWords = 1024;

    private const int MaxOddities = 64;
    private const int MaxOddityCharacters = 64;

    /// <summary>Whether there is a vector for each input, all of one length and made of finite numbers.</summary>
    public static bool Answers(Wire.Embedded embedded, Wire.Embed asked) =>
        embedded.Vectors.Count == asked.Inputs.Count
        && embedded.Vectors.All(vector => vector.Values.Count > 0 && vector.Values.Count == embedded.Vectors[0].Values.Count && vector.Values.All(float.IsFinite));

    /// <summary>Whether there is a finite score for each document.</summary>
    public static bool Answers(Wire.Reranked reranked, Wire.Rerank asked) =>
        reranked.Scores.Count == asked.Documents.Count && reranked.Scores.All(float.IsFinite);

    /// <summary>What the model did against its format; names that a worker cannot mean are left out.</summary>
    public static IEnumerable<KeyValuePair<string, uint>> Oddities(Wire.Finished finished) => finished.Oddities
        .Where(oddity => oddity.Key.Length is > 0 and <= MaxOddityCharacters && oddity.Value > 0 && !oddity.Key.Any(char.IsControl))
        .OrderBy(oddity => oddity.Key, StringComparer.Ordinal)
        .Take(MaxOddities);

    /// <summary>What was written, fit for one line of a log or of a message: a worker that was taken over could write anything.</summary>
    public static string OneLine(string text, int most = MaxWords) => string.Create(Math.Min(text.Length, most), text, static (line, all) =>
    {
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(all[i]) || char.IsSurrogate(all[i]) && !IsWhole(all, i, line.Length) ? ' ' : all[i];
        }
    });

    /// <summary>Whether the half of a pair at a place has its other half, and both before the end.</summary>
    private static bool IsWhole(string text, int place, int end) => char.IsHighSurrogate(text[place])
        ? place + 1 < end && char.IsLowSurrogate(text[place + 1])
        : place > 0 && char.IsHighSurrogate(text[place - 1]);
}
