using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Judges vectors: as many as texts, of the right length, finite, and different texts told apart.</summary>
internal static class VectorVerdicts
{
    /// <summary>What there is to say of them.</summary>
    /// <param name="inputs">The texts.</param>
    /// <param name="vectors">Their vectors.</param>
    /// <param name="length">Numbers that a vector of this model has; 0: not known.</param>
    public static IReadOnlyList<CheckVerdict> Of(IReadOnlyList<string> inputs, IReadOnlyList<IReadOnlyList<float>> vectors, int length) =>
    [
        Verdict("one vector for each text", vectors.Count == inputs.Count ? null : Text($"{vectors.Count} vectors for {inputs.Count} texts")),
        Verdict("right length", vectors.FirstOrDefault(vector => vector.Count != (length > 0 ? length : vectors[0].Count)) is { } odd
            ? Text($"a vector of {odd.Count} numbers; the model's have {(length > 0 ? length : vectors[0].Count)}") : null),
        Verdict("finite numbers", vectors.All(vector => vector.All(float.IsFinite)) ? null : "a number is infinite or none"),
        Verdict("different texts, different vectors", SameVectors(inputs, vectors) is var (one, other) ? Text($"texts {one} and {other} have the same vector") : null),
    ];

    /// <summary>The verdict of something that was judged.</summary>
    /// <param name="name">What.</param>
    /// <param name="problem">What is wrong; null: nothing.</param>
    public static CheckVerdict Verdict(string name, string? problem) => new() { Name = name, Passed = problem is null, Problem = problem ?? "" };

    private static (int One, int Other)? SameVectors(IReadOnlyList<string> inputs, IReadOnlyList<IReadOnlyList<float>> vectors)
    {
        var count = Math.Min(inputs.Count, vectors.Count);
        for (var one = 0; one < count; one++)
        {
            for (var other = one + 1; other < count; other++)
            {
                if (inputs[one] != inputs[other] && vectors[one].SequenceEqual(vectors[other]))
                {
                    return (one, other);
                }
            }
        }

        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
