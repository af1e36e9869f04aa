using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Puts scored documents in order.</summary>
internal static class Ranking
{
    /// <summary>The best documents, the best first; of equals the one that was named first.</summary>
    /// <param name="scores">One for each document, in the order of the request.</param>
    /// <param name="most">How many to tell; 0: all.</param>
    public static IEnumerable<RankedDocument> Best(IReadOnlyList<float> scores, uint most) => scores
        .Select((score, index) => new RankedDocument { Index = (uint)index, Score = score })
        .OrderByDescending(document => document.Score) // Keeps the order of equals.
        .Take(most == 0 || most > scores.Count ? scores.Count : (int)most);
}
