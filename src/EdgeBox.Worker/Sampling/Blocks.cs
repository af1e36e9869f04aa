using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Passes over one number for each token, in blocks whose largest number says whether they need to be looked at.</summary>
/// <remarks>Sums are taken over a block in sixteen lanes, and of blocks as doubles in their order, whatever the machine's vectors.</remarks>
internal static class Blocks
{
    /// <summary>Numbers in a block; the last block may have fewer.</summary>
    public const int Size = 256;

    private const int Lanes = 16;

    /// <summary>Blocks of so many numbers.</summary>
    public static int Count(int numbers) => (numbers + Size - 1) / Size;

    /// <summary>The numbers of a block.</summary>
    public static ReadOnlySpan<float> At(ReadOnlySpan<float> numbers, int block) =>
        numbers.Slice(block * Size, Math.Min(Size, numbers.Length - (block * Size)));

    /// <summary>Writes the largest logit of each block, and returns the largest of all; minus infinity if there is none. NaN is passed over.</summary>
    public static float Peaks(ReadOnlySpan<float> logits, Span<float> peaks) =>
        Vector512.IsHardwareAccelerated ? Peaks<Lanes512>(logits, peaks)
        : Lanes256.IsSupported ? Peaks<Lanes256>(logits, peaks)
        : Peaks<Lanes128>(logits, peaks);

    /// <summary>Writes exp((logit - largest) * scale) for each logit, 0 for NaN, with the sum and the largest of each block; returns the sum of all.</summary>
    /// <param name="logits">One for each token.</param>
    /// <param name="peaks">The largest of each block; blocks whose own is below <paramref name="least"/> are passed over: their weights are not written.</param>
    /// <param name="largest">The largest of all, finite.</param>
    /// <param name="scale">One by the temperature.</param>
    /// <param name="least">The least logit that matters.</param>
    /// <param name="target">What is written.</param>
    public static double Weigh(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> peaks, float largest, float scale, float least, in Weights target) =>
        Vector512.IsHardwareAccelerated ? Weigh<Lanes512>(logits, peaks, largest, scale, least, target)
        : Lanes256.IsSupported ? Weigh<Lanes256>(logits, peaks, largest, scale, least, target)
        : Weigh<Lanes128>(logits, peaks, largest, scale, least, target);

    /// <summary>The sum of the weights that are no smaller than a bound above 0; the sums of the blocks are written if there is room.</summary>
    public static double SumAtLeast(in Weights weights, float bound, Span<double> sums) =>
        Vector512.IsHardwareAccelerated ? SumAtLeast<Lanes512>(weights, bound, sums)
        : Lanes256.IsSupported ? SumAtLeast<Lanes256>(weights, bound, sums)
        : SumAtLeast<Lanes128>(weights, bound, sums);

    /// <summary>The sum of (logit - largest) * scale, each times its weight, over the weights that are no smaller than a bound above 0.</summary>
    public static double Moment(ReadOnlySpan<float> logits, float largest, float scale, in Weights weights, float bound) =>
        Vector512.IsHardwareAccelerated ? Moment<Lanes512>(logits, largest, scale, weights, bound)
        : Lanes256.IsSupported ? Moment<Lanes256>(logits, largest, scale, weights, bound)
        : Moment<Lanes128>(logits, largest, scale, weights, bound);

    internal static float Peaks<T>(ReadOnlySpan<float> logits, Span<float> peaks)
        where T : struct, ILanes<T>
    {
        var most = float.NegativeInfinity;
        for (var block = 0; block < Count(logits.Length); block++)
        {
            var numbers = At(logits, block);
            var peak = numbers.Length == Size ? Peak<T>(ref MemoryMarshal.GetReference(numbers)) : Peak<T>(numbers);
            peaks[block] = peak;
            most = peak > most ? peak : most;
        }

        return most;
    }

    internal static double Weigh<T>(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> peaks, float largest, float scale, float least, in Weights target)
        where T : struct, ILanes<T>
    {
        var total = 0.0;
        Span<float> from = stackalloc float[Size];
        Span<float> to = stackalloc float[Size];
        for (var block = 0; block < peaks.Length; block++)
        {
            var (sum, top) = (0f, 0f);
            if (peaks[block] >= least)
            {
                var numbers = At(logits, block);
                var weights = target.Values.Slice(block * Size, numbers.Length);
                if (numbers.Length == Size)
                {
                    (sum, top) = Weigh<T>(ref MemoryMarshal.GetReference(numbers), ref MemoryMarshal.GetReference(weights), largest, scale);
                }
                else
                {
                    Pad(numbers, from);
                    (sum, top) = Weigh<T>(ref from[0], ref to[0], largest, scale);
                    to[..numbers.Length].CopyTo(weights);
                }
            }

            target.Sums[block] = sum;
            target.Tops[block] = top;
            total += sum;
        }

        return total;
    }

    internal static double SumAtLeast<T>(in Weights weights, float bound, Span<double> sums)
        where T : struct, ILanes<T>
    {
        var total = 0.0;
        Span<float> padded = stackalloc float[Size];
        for (var block = 0; block < weights.Tops.Length; block++)
        {
            var sum = 0f;
            if (weights.Tops[block] >= bound)
            {
                var numbers = At(weights.Values, block);
                var few = numbers.Length < Size;
                if (few)
                {
                    Pad(numbers, padded);
                }

                sum = SumAtLeast<T>(ref few ? ref padded[0] : ref MemoryMarshal.GetReference(numbers), bound);
            }

            total += sum;
            if (!sums.IsEmpty)
            {
                sums[block] = sum;
            }
        }

        return total;
    }

    internal static double Moment<T>(ReadOnlySpan<float> logits, float largest, float scale, in Weights weights, float bound)
        where T : struct, ILanes<T>
    {
        var total = 0.0;
        Span<float> padded = stackalloc float[Size];
        Span<float> paddedWeights = stackalloc float[Size];
        for (var block = 0; block < weights.Tops.Length; block++)
        {
            if (weights.Tops[block] < bound)
            {
                continue;
            }

            var numbers = At(logits, block);
            var some = At(weights.Values, block);
            if (numbers.Length == Size)
            {
                total += Moment<T>(ref MemoryMarshal.GetReference(numbers), ref MemoryMarshal.GetReference(some), largest, scale, bound);
            }
            else
            {
                Pad(numbers, padded);
                Pad(some, paddedWeights);
                total += Moment<T>(ref padded[0], ref paddedWeights[0], largest, scale, bound);
            }
        }

        return total;
    }

    private static float Peak<T>(ReadOnlySpan<float> few)
        where T : struct, ILanes<T>
    {
        Span<float> padded = stackalloc float[Size];
        Pad(few, padded);
        return Peak<T>(ref padded[0]);
    }

    private static void Pad(ReadOnlySpan<float> few, Span<float> padded)
    {
        few.CopyTo(padded);
        padded[few.Length..].Fill(float.NegativeInfinity);
    }

    private static float Peak<T>(ref float start)
        where T : struct, ILanes<T>
    {
        var (even, odd) = (T.Of(float.NegativeInfinity), T.Of(float.NegativeInfinity));
        for (var i = 0; i < Size; i += 2 * Lanes)
        {
            even = T.Larger(T.Load(ref Unsafe.Add(ref start, i)), even);
            odd = T.Larger(T.Load(ref Unsafe.Add(ref start, i + Lanes)), odd);
        }

        return T.Largest(T.Larger(odd, even));
    }

    private static (float Sum, float Top) Weigh<T>(ref float logits, ref float weights, float largest, float scale)
        where T : struct, ILanes<T>
    {
        var (shift, factor) = (T.Of(largest), T.Of(scale));
        var (sum, top) = (T.Of(0), T.Of(0));
        for (var i = 0; i < Size; i += Lanes)
        {
            var weight = Exponential.Of((T.Load(ref Unsafe.Add(ref logits, i)) - shift) * factor);
            T.Store(weight, ref Unsafe.Add(ref weights, i));
            sum += weight;
            top = T.Larger(weight, top);
        }

        return (T.Sum(sum), T.Largest(top));
    }

    private static float SumAtLeast<T>(ref float weights, float bound)
        where T : struct, ILanes<T>
    {
        var (least, sum) = (T.Of(bound), T.Of(0));
        for (var i = 0; i < Size; i += Lanes)
        {
            var weight = T.Load(ref Unsafe.Add(ref weights, i));
            sum += T.Where(weight, weight, least);
        }

        return T.Sum(sum);
    }

    private static float Moment<T>(ref float logits, ref float weights, float largest, float scale, float bound)
        where T : struct, ILanes<T>
    {
        var (shift, factor, least, sum) = (T.Of(largest), T.Of(scale), T.Of(bound), T.Of(0));
        for (var i = 0; i < Size; i += Lanes)
        {
            var weight = T.Load(ref Unsafe.Add(ref weights, i));
            sum += T.Where((T.Load(ref Unsafe.Add(ref logits, i)) - shift) * factor * weight, weight, least);
        }

        return T.Sum(sum);
    }
}
