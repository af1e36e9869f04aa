using System.Runtime.CompilerServices;

namespace EdgeBox.Worker.Sampling;

/// <summary>Arithmetic over a weight for each token of a vocabulary. Nothing is sorted: that would take tens of milliseconds.</summary>
internal static class Distribution
{
    // Less than any weight that Exponential gives.
    private const float LeastWeight = 1e-27f;

    // A sum costs less than the histogram of what it rules out.
    private const int Halvings = 2;

    /// <summary>The weight of the last of the likeliest tokens that together reach a sum; its equals are in too.</summary>
    public static float NucleusBound(in Weights weights, double target, Candidates scratch)
    {
        var top = Largest(weights);

        // Few blocks have large weights, so the first steps cost next to nothing.
        var (low, high, above) = (top / 4, MathF.BitIncrement(top), 0.0);
        while (low > LeastWeight && Blocks.SumAtLeast(weights, low, []) is var reached && reached < target)
        {
            (low, high, above) = (low / 8, low, reached);
        }

        low = Math.Max(low, LeastWeight);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = MathF.Sqrt(low) * MathF.Sqrt(high);
            var sum = Blocks.SumAtLeast(weights, middle, []);
            (low, high, above) = sum >= target ? (middle, high, above) : (low, middle, sum);
        }

        var keys = scratch.Keys(weights.Values.Length);
        var band = scratch.Band(weights.Values.Length);
        var ceiling = BitConverter.SingleToInt32Bits(high);
        var count = CopyBetween(weights, low, high, keys, band);

        // Positive floats are in the order of their bits. The larger the weight, the smaller the key.
        var most = ceiling - BitConverter.SingleToInt32Bits(low);
        return BitConverter.Int32BitsToSingle(ceiling - WeightedSelect.Bound(keys[..count], band[..count], target - above, 1, most));
    }

    /// <summary>The largest weight.</summary>
    public static float Largest(in Weights weights)
    {
        var top = 0f;
        foreach (var peak in weights.Tops)
        {
            top = Math.Max(top, peak);
        }

        return top;
    }

    /// <summary>Keeps the tokens whose logits are nearest to the mean one and that together have a probability; returns the sum of their weights.</summary>
    /// <remarks>Surprise is (log of the sum) - (scaled logit), so what is nearest to the expected surprise is what is nearest to the mean.</remarks>
    /// <param name="logits">One for each token.</param>
    /// <param name="largest">The largest.</param>
    /// <param name="scale">One by the temperature.</param>
    /// <param name="weights">Of all logits; those that are not kept become 0.</param>
    /// <param name="share">The probability.</param>
    /// <param name="scratch">Room for keys.</param>
    public static double KeepTypical(
        ReadOnlySpan<float> logits, float largest, float scale, in Weights weights, float share, Candidates scratch)
    {
        var total = Blocks.SumAtLeast(weights, LeastWeight, []);
        var mean = (float)(Blocks.Moment(logits, largest, scale, weights, LeastWeight) / total);
        var target = share * total;

        // Tokens that are far below the mean need not be looked at.
        var radius = 1f;
        while (radius < -Exponential.Least && Within(weights, mean, radius) < target)
        {
            radius *= 2;
        }

        var low = Math.Max(LeastWeight, Exponential.Of(mean - radius - 0.01f));
        var keys = scratch.Keys(logits.Length);
        var band = scratch.Band(logits.Length);
        var (count, highest) = (0, 0);
        for (var block = 0; block < weights.Tops.Length; block++)
        {
            if (weights.Tops[block] < low)
            {
                continue;
            }

            var some = Blocks.At(logits, block);
            var numbers = Blocks.At(weights.Values, block);
            for (var i = 0; i < some.Length; i++)
            {
                // Always written, kept if it is near enough: a branch would be guessed wrong too often.
                keys[count] = Distance(some[i], largest, scale, mean);
                band[count] = numbers[i];
                var kept = numbers[i] >= low;
                highest = kept ? Math.Max(highest, keys[count]) : highest;
                count += kept ? 1 : 0;
            }
        }

        var bound = WeightedSelect.Bound(keys[..count], band[..count], target, 0, highest);
        return Keep(logits, largest, scale, weights, mean, low, bound);
    }

    /// <summary>Draws a token; its chance is its share of those weights that are no smaller than a bound.</summary>
    /// <param name="weights">At least one reaches the bound. The sums of the blocks are overwritten.</param>
    /// <param name="bound">Smaller weights are passed over, and so is 0.</param>
    /// <param name="unit">A random number, at least 0 and less than 1.</param>
    public static int Draw(in Weights weights, float bound, double unit)
    {
        bound = Math.Max(bound, LeastWeight);
        var target = unit * Blocks.SumAtLeast(weights, bound, weights.Sums);
        var chosen = 0;
        for (var block = 0; block < weights.Sums.Length; block++)
        {
            if (weights.Sums[block] > 0)
            {
                chosen = block;
                if (target < weights.Sums[block])
                {
                    break;
                }

                target -= weights.Sums[block];
            }
        }

        // Sums were rounded: should the end of the block be passed, the last one of the block is it.
        var numbers = Blocks.At(weights.Values, chosen);
        var last = -1;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] >= bound)
            {
                last = i;
                target -= numbers[i];
                if (target < 0)
                {
                    break;
                }
            }
        }

        return (chosen * Blocks.Size) + last;
    }

    /// <summary>About what the weights weigh whose logarithms are no further from the mean.</summary>
    private static double Within(in Weights weights, float mean, float radius)
    {
        var sum = Blocks.SumAtLeast(weights, Math.Max(LeastWeight, Exponential.Of(mean - radius)), []);
        return mean + radius < 0 ? sum - Blocks.SumAtLeast(weights, Exponential.Of(mean + radius), []) : sum;
    }

    /// <summary>How far a logit is from the mean, as a whole number in the same order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Distance(float logit, float largest, float scale, float mean) =>
        BitConverter.SingleToInt32Bits(MathF.Abs(((logit - largest) * scale) - mean));

    private static double Keep(ReadOnlySpan<float> logits, float largest, float scale, in Weights weights, float mean, float low, int bound)
    {
        var total = 0.0;
        for (var block = 0; block < weights.Tops.Length; block++)
        {
            if (weights.Tops[block] < low)
            {
                (weights.Sums[block], weights.Tops[block]) = (0, 0);
                continue;
            }

            var start = block * Blocks.Size;
            var numbers = weights.Values.Slice(start, Blocks.At(logits, block).Length);
            var (sum, top) = (0.0, 0f);
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = numbers[i] >= low & Distance(logits[start + i], largest, scale, mean) <= bound ? numbers[i] : 0;
                sum += numbers[i];
                top = Math.Max(top, numbers[i]);
            }

            (weights.Sums[block], weights.Tops[block]) = (sum, top);
            total += sum;
        }

        return total;
    }

    private static int CopyBetween(in Weights weights, float low, float high, Span<int> keys, Span<float> band)
    {
        var (count, ceiling) = (0, BitConverter.SingleToInt32Bits(high));
        for (var block = 0; block < weights.Tops.Length; block++)
        {
            if (weights.Tops[block] >= low)
            {
                foreach (var weight in Blocks.At(weights.Values, block))
                {
                    // Always written, kept if it is of the band: a branch would be guessed wrong too often.
                    (keys[count], band[count]) = (ceiling - BitConverter.SingleToInt32Bits(weight), weight);
                    count += weight >= low & weight < high ? 1 : 0;
                }
            }
        }

        return count;
    }
}
