using CsCheck;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>Passes over a vocabulary: the same bits for all widths of vectors, and right ones.</summary>
public sealed class BlocksTests
{
    private static readonly Gen<float> s_logit = Gen.Frequency(
        (20, Gen.Float[-90, 8]), (1, Gen.Int[0, 4].Select(i => ((float[])[float.NaN, float.NegativeInfinity, -0f, 0f, 3f])[i])));

    [Fact]
    public void Passes_AnyWidth_GiveTheSameBits() =>
        Gen.Select(s_logit.Array[1, 900], Gen.Float[0.3f, 4], Gen.Float[0, 0.5f]).Sample((logits, scale, bound) =>
        {
            var expected = Passes<Lanes128>(logits, scale, bound);
            if (Lanes256.IsSupported)
            {
                Assert.Equal(expected, Passes<Lanes256>(logits, scale, bound));
            }

            Assert.Equal(expected, Passes<Lanes512>(logits, scale, bound));
        });

    [Fact]
    public void Weigh_AnyLogits_EachWeightIsTheExponentialOfOneNumber() =>
        s_logit.Array[1, 600].Sample(logits =>
        {
            var (peaks, scratch) = (new float[Blocks.Count(logits.Length)], new Candidates());
            var largest = Blocks.Peaks(logits, peaks);
            Assert.Equal(logits.Where(l => !float.IsNaN(l)).DefaultIfEmpty(float.NegativeInfinity).Max(), largest);
            if (float.IsFinite(largest))
            {
                var weights = scratch.Weights(logits.Length);
                var total = Blocks.Weigh(logits, peaks, largest, 0.7f, largest - 1000, weights);
                var expected = logits.Select(l => Exponential.Of((l - largest) * 0.7f)).ToArray();
                Assert.Equal(expected, weights.Values.ToArray());
                Assert.Equal(expected.Sum(w => (double)w), total, 1e-5 * total);
            }
        });

    [Fact]
    public void Exponential_AllItTakes_IsWithinTwoMillionths()
    {
        var worst = 0.0;
        for (var x = 0f; x >= Exponential.Least; x -= 0.000731f)
        {
            worst = Math.Max(worst, Math.Abs((Exponential.Of(x) / Math.Exp(x)) - 1));
        }

        Assert.True(worst < 2e-7, $"{worst}");
        Assert.Equal([1, 1, 0, 0, 0], ((float[])[0, -0f, -60.01f, float.NegativeInfinity, float.NaN]).Select(Exponential.Of));
    }

    private static (float, double, double, double, string) Passes<T>(float[] logits, float scale, float bound)
        where T : struct, ILanes<T>
    {
        var peaks = new float[Blocks.Count(logits.Length)];
        var largest = Blocks.Peaks<T>(logits, peaks);
        if (!float.IsFinite(largest))
        {
            return (largest, 0, 0, 0, "");
        }

        var weights = new Candidates().Weights(logits.Length);
        var total = Blocks.Weigh<T>(logits, peaks, largest, scale, largest - 1000, weights);
        var least = Math.Max(bound, 1e-27f);
        return (largest, total, Blocks.SumAtLeast<T>(weights, least, weights.Sums), Blocks.Moment<T>(logits, largest, scale, weights, least),
            string.Join(' ', weights.Values.ToArray().Concat(weights.Tops.ToArray()).Select(BitConverter.SingleToUInt32Bits))
            + string.Join(' ', weights.Sums.ToArray().Select(BitConverter.DoubleToUInt64Bits)));
    }
}
