using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Arithmetic over a weight for each token of a vocabulary.</summary>
internal static class Distribution
{
    private const int Width = 8;

    // Sums of floats are taken over short stretches and added as doubles: a vocabulary is too long for float.
    private const int Stretch = 1024;

    /// <summary>Writes exp((logit - largest) * scale) for each logit, 0 for NaN, and returns the sum.</summary>
    public static double Exponentials(ReadOnlySpan<float> logits, float largest, float scale, Span<float> weights)
    {
        var sources = MemoryMarshal.Cast<float, Vector256<float>>(logits);
        var targets = MemoryMarshal.Cast<float, Vector256<float>>(weights);
        var (shift, factor) = (Vector256.Create(largest), Vector256.Create(scale));
        for (var i = 0; i < sources.Length; i++)
        {
            var value = Vector256.Exp((sources[i] - shift) * factor);
            targets[i] = Vector256.ConditionalSelect(Vector256.Equals(value, value), value, Vector256<float>.Zero);
        }

        for (var i = sources.Length * Width; i < logits.Length; i++)
        {
            var value = MathF.Exp((logits[i] - largest) * scale);
            weights[i] = float.IsNaN(value) ? 0 : value;
        }

        return SumAtLeast(weights, 0);
    }

    /// <summary>The weight of the last of the likeliest tokens that together reach a sum; its equals are in too.</summary>
    /// <param name="weights">The largest is 1.</param>
    /// <param name="target">The sum.</param>
    /// <param name="band">Room for all weights.</param>
    /// <remarks>No sorting: a flat distribution over a large vocabulary would take tens of milliseconds.</remarks>
    public static float NucleusBound(ReadOnlySpan<float> weights, double target, Span<float> band)
    {
        var (low, high) = (0.25f, MathF.BitIncrement(1));
        while (low > 1e-9f && SumAtLeast(weights, low) < target)
        {
            (low, high) = (low / 8, low);
        }

        // Zero would take in tokens that must never be chosen.
        low = low > 1e-9f ? low : float.Epsilon;
        var left = target - SumAtLeast(weights, high);
        ReadOnlySpan<float> among = band[..CopyBetween(weights, low, high, band)];

        // Positive floats are in the order of their bits.
        var (enough, tooFew) = (BitConverter.SingleToInt32Bits(low), BitConverter.SingleToInt32Bits(high));
        while (tooFew - enough > 1)
        {
            var middle = enough + ((tooFew - enough) / 2);
            (enough, tooFew) = SumAtLeast(among, BitConverter.Int32BitsToSingle(middle)) >= left ? (middle, tooFew) : (enough, middle);
        }

        return BitConverter.Int32BitsToSingle(enough);
    }

    /// <summary>Draws a token; its chance is its share of those weights that are no smaller than a bound.</summary>
    /// <param name="weights">At least one reaches the bound.</param>
    /// <param name="bound">Smaller weights are passed over, and so is 0.</param>
    /// <param name="unit">A random number, at least 0 and less than 1.</param>
    public static int Draw(ReadOnlySpan<float> weights, float bound, double unit)
    {
        bound = Math.Max(bound, float.Epsilon);
        var target = unit * SumAtLeast(weights, bound);
        var last = 0;
        for (var start = 0; start < weights.Length; start += Stretch)
        {
            var stretch = weights.Slice(start, Math.Min(Stretch, weights.Length - start));
            var sum = SumAtLeast(stretch, bound);
            if (target >= sum)
            {
                target -= sum;
                last = sum > 0 ? start : last;
                continue;
            }

            for (var i = 0; i < stretch.Length; i++)
            {
                if (stretch[i] >= bound)
                {
                    target -= stretch[i];
                    if (target < 0)
                    {
                        return start + i;
                    }
                }
            }

            // The sums were rounded: the next weight is the one.
            target = 0;
            last = start;
        }

        // Rounding went past the end: the first one of the last stretch that has any.
        while (weights[last] < bound)
        {
            last++;
        }

        return last;
    }

    /// <summary>The sum of the values.</summary>
    public static double Sum(ReadOnlySpan<Candidate> items)
    {
        var sum = 0.0;
        foreach (var item in items)
        {
            sum += item.Value;
        }

        return sum;
    }

    private static int CopyBetween(ReadOnlySpan<float> weights, float low, float high, Span<float> target)
    {
        var count = 0;
        foreach (var weight in weights)
        {
            if (weight >= low && weight < high)
            {
                target[count++] = weight;
            }
        }

        return count;
    }

    private static double SumAtLeast(ReadOnlySpan<float> weights, float bound)
    {
        var sum = 0.0;
        for (; weights.Length > 0; weights = weights[Math.Min(Stretch, weights.Length)..])
        {
            var stretch = weights[..Math.Min(Stretch, weights.Length)];
            var blocks = MemoryMarshal.Cast<float, Vector256<float>>(stretch);
            var (part, least) = (Vector256<float>.Zero, Vector256.Create(bound));
            foreach (var block in blocks)
            {
                part += Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(block, least), block, Vector256<float>.Zero);
            }

            sum += Vector256.Sum(part);
            for (var i = blocks.Length * Width; i < stretch.Length; i++)
            {
                sum += stretch[i] >= bound ? stretch[i] : 0;
            }
        }

        return sum;
    }
}
