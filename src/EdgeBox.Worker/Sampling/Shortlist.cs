namespace EdgeBox.Worker.Sampling;

/// <summary>Chooses among few tokens that are in order, the likeliest first.</summary>
internal static class Shortlist
{
    /// <summary>Draws a token after typical-p, top-p and min-p.</summary>
    /// <param name="items">Tokens and logits, the largest first, finite; at least one. The logits are overwritten.</param>
    /// <param name="weights">Room for as many.</param>
    /// <param name="settings">How to choose.</param>
    /// <param name="unit">A random number, at least 0 and less than 1.</param>
    public static int Draw(Span<Candidate> items, Span<float> weights, SamplingSettings settings, double unit)
    {
        var (largest, scale, total) = (items[0].Value, settings.Scale, 0.0);
        for (var i = 0; i < items.Length; i++)
        {
            var x = (items[i].Value - largest) * scale;
            items[i] = items[i] with { Value = x };
            weights[i] = Exponential.Of(x);
            total += weights[i];
        }

        var (start, end) = (0, items.Length);
        if (settings.TypicalP < 1)
        {
            (start, end) = Typical(items, weights, settings.TypicalP, total);
            total = 0;
            foreach (var weight in weights[start..end])
            {
                total += weight;
            }
        }

        var (kept, at, bound) = (0.0, start, settings.MinP * weights[start]);
        while (at < end && (at == start || (weights[at] >= bound && (settings.TopP >= 1 || kept < settings.TopP * total))))
        {
            kept += weights[at++];
        }

        return Draw(items[start..at], weights[start..at], unit * kept);
    }

    private static int Draw(ReadOnlySpan<Candidate> items, ReadOnlySpan<float> weights, double target)
    {
        // Should rounding pass the end, the last one that can be drawn is it.
        var last = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                target -= weights[i];
                if (target < 0)
                {
                    break;
                }
            }
        }

        return items[last].Token;
    }

    /// <summary>The stretch of the tokens that are nearest to the mean and together have a probability; the last one's equals are in too.</summary>
    private static (int Start, int End) Typical(ReadOnlySpan<Candidate> items, ReadOnlySpan<float> weights, float share, double total)
    {
        var moment = 0.0;
        for (var i = 0; i < items.Length; i++)
        {
            moment += weights[i] > 0 ? (double)weights[i] * items[i].Value : 0;
        }

        var mean = (float)(moment / total);
        var end = 0;
        while (end < items.Length && items[end].Value > mean)
        {
            end++;
        }

        var (start, kept, radius) = (end, 0.0, -1f);
        while (true)
        {
            var above = start > 0 ? items[start - 1].Value - mean : float.PositiveInfinity;
            var below = end < items.Length && weights[end] > 0 ? mean - items[end].Value : float.PositiveInfinity;
            var nearest = Math.Min(above, below);
            if (float.IsPositiveInfinity(nearest) || (nearest > radius && kept >= share * total))
            {
                return (start, end);
            }

            radius = nearest;
            kept += above <= below ? weights[--start] : weights[end++];
        }
    }
}
