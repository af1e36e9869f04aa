namespace EdgeBox.Worker.Sampling;

/// <summary>Keeps the largest logits where they are too many to be put in order.</summary>
internal static class TopK
{
    /// <summary>Copies the k largest logits, of equals those of the lower tokens; the others become minus infinity.</summary>
    public static void Keep(ReadOnlySpan<float> logits, int k, Span<float> target, Candidates scratch)
    {
        var keys = scratch.Keys(logits.Length);
        var ones = scratch.Band(logits.Length);
        for (var i = 0; i < logits.Length; i++)
        {
            (keys[i], ones[i]) = (Key(logits[i]), 1);
        }

        var (bound, above) = (WeightedSelect.Bound(keys, ones, k, int.MinValue, int.MaxValue), 0);
        foreach (var logit in logits)
        {
            above += Key(logit) < bound ? 1 : 0;
        }

        var equals = k - above;
        for (var i = 0; i < logits.Length; i++)
        {
            var key = Key(logits[i]);
            target[i] = key < bound || (key == bound && equals-- > 0) ? logits[i] : float.NegativeInfinity;
        }
    }

    /// <summary>The larger the logit, the smaller its key; NaN has the largest.</summary>
    private static int Key(float logit)
    {
        // Floats are in the order of their bits where they are positive and in the contrary one where not; there is one zero.
        var bits = BitConverter.SingleToInt32Bits(logit + 0f);
        return float.IsNaN(logit) ? int.MaxValue : ~(bits ^ ((bits >> 31) & int.MaxValue));
    }
}
