using System.Numerics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Finds the key up to which weights reach a sum, without sorting: a histogram, then one of its bucket, and so on.</summary>
internal static class WeightedSelect
{
    private const int Bits = 8;

    // Several sums a bucket: when all weights fall into one, they need not wait for each other.
    private const int Ways = 4;

    /// <summary>The least key such that the weights whose keys are no larger reach a sum; the highest one if all of them do not.</summary>
    /// <param name="keys">Keys from low to high; their order is lost.</param>
    /// <param name="weights">As many, above 0; their order is lost.</param>
    /// <param name="target">The sum.</param>
    /// <param name="low">No key is less.</param>
    /// <param name="high">No key is more.</param>
    public static int Bound(Span<int> keys, Span<float> weights, double target, int low, int high)
    {
        Span<double> sums = stackalloc double[Ways << Bits];
        while (low < high && keys.Length > 1)
        {
            var shift = Math.Max(0, 32 - BitOperations.LeadingZeroCount((uint)(high - low)) - Bits);
            sums.Clear();
            for (var i = 0; i < keys.Length; i++)
            {
                sums[(((keys[i] - low) >>> shift) * Ways) + (i % Ways)] += weights[i];
            }

            var bucket = Find(sums, ref target);
            if (bucket < 0)
            {
                return high;
            }

            low += bucket << shift;
            high = (int)Math.Min(high, low + ((1L << shift) - 1));
            var count = Keep(keys, weights, low, high);
            keys = keys[..count];
            weights = weights[..count];
        }

        return keys.Length == 1 ? keys[0] : low;
    }

    /// <summary>The bucket in which the sum is reached, and what is left of the sum at its beginning; -1 if it is not reached.</summary>
    private static int Find(ReadOnlySpan<double> sums, ref double target)
    {
        for (var bucket = 0; bucket < 1 << Bits; bucket++)
        {
            var sum = 0.0;
            foreach (var part in sums.Slice(bucket * Ways, Ways))
            {
                sum += part;
            }

            if (sum > 0 && sum >= target)
            {
                return bucket;
            }

            target -= sum;
        }

        return -1;
    }

    private static int Keep(Span<int> keys, Span<float> weights, int low, int high)
    {
        var count = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            // Always written and seldom kept: a branch would be guessed wrong too often.
            var (key, weight) = (keys[i], weights[i]);
            (keys[count], weights[count]) = (key, weight);
            count += key >= low && key <= high ? 1 : 0;
        }

        return count;
    }
}
