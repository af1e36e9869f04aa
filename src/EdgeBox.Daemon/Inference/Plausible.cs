using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges numbers that a worker says: an honest one never sends others.</summary>
internal static class Plausible
{
    /// <summary>Whether there is a vector for each input, all of one length and made of finite numbers.</summary>
    public static bool Answers(Wire.Embedded embedded, Wire.Embed asked) =>
        embedded.Vectors.Count == asked.Inputs.Count
        && embedded.Vectors.All(vector => vector.Values.Count > 0 && vector.Values.Count == embedded.Vectors[0].Values.Count && vector.Values.All(float.IsFinite));

    /// <summary>Whether there is a finite score for each document.</summary>
    public static bool Answers(Wire.Reranked reranked, Wire.Rerank asked) =>
        reranked.Scores.Count == asked.Documents.Count && reranked.Scores.All(float.IsFinite);
}
