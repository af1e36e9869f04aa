namespace EdgeBox.Worker.Sampling;

/// <summary>How likely tokens are under the model alone: log-softmax of the logits as they came.</summary>
/// <remarks>For telling only: nothing is chosen by it, and its last bit may differ between machines.</remarks>
internal readonly ref struct Likelihood
{
    private readonly ReadOnlySpan<float> _logits;
    private readonly double _logSum;

    /// <param name="logits">As the model gave them; they are copied.</param>
    /// <param name="top">How many of the likeliest are wanted.</param>
    /// <param name="scratch">Room for the copy.</param>
    public Likelihood(ReadOnlySpan<float> logits, int top, Candidates scratch)
    {
        var copy = scratch.Raw(logits.Length);
        logits.CopyTo(copy);
        _logits = copy;
        var peaks = scratch.Peaks(logits.Length);
        var largest = Blocks.Peaks(copy, peaks);
        _logSum = !float.IsFinite(largest) ? largest
            : largest + Math.Log(Blocks.Weigh(copy, peaks, largest, 1, largest + Exponential.Least, scratch.Weights(logits.Length)));
        if (top > 0)
        {
            scratch.TakeLargest(copy, peaks, top);
            Top = new Candidate[scratch.Count];
            for (var i = 0; i < Top.Length; i++)
            {
                Top[i] = scratch.Items[i] with { Value = Of(scratch.Items[i].Token) };
            }
        }
    }

    /// <summary>The likeliest tokens with the logarithms of their probabilities, the likeliest first; null if none were wanted.</summary>
    public Candidate[]? Top { get; }

    /// <summary>The logarithm of a token's probability.</summary>
    public float Of(int token)
    {
        var logit = _logits[token];
        return float.IsPositiveInfinity(logit) ? 0
            : float.IsNaN(logit) || double.IsInfinity(_logSum) ? float.NegativeInfinity
            : (float)(logit - _logSum);
    }
}
