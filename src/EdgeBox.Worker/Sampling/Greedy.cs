using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Finds the largest logit.</summary>
internal static class Greedy
{
    /// <summary>The index of the largest logit, the first of equals; -1 if none is above minus infinity. NaN counts as minus infinity.</summary>
    public static int Pick(ReadOnlySpan<float> logits)
    {
        var blocks = MemoryMarshal.Cast<float, Vector256<float>>(logits);
        var best = Vector256.Create(float.NegativeInfinity);
        var bestBlock = Vector256<int>.Zero;
        for (var i = 0; i < blocks.Length; i++)
        {
            // A comparison with NaN is false, so NaN never wins.
            var above = Vector256.GreaterThan(blocks[i], best);
            best = Vector256.ConditionalSelect(above, blocks[i], best);
            bestBlock = Vector256.ConditionalSelect(above.AsInt32(), Vector256.Create(i), bestBlock);
        }

        var (largest, at) = (float.NegativeInfinity, -1);
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
        {
            var index = (bestBlock[lane] * Vector256<float>.Count) + lane;
            if (best[lane] > largest || (best[lane] == largest && at >= 0 && index < at))
            {
                (largest, at) = (best[lane], index);
            }
        }

        for (var i = blocks.Length * Vector256<float>.Count; i < logits.Length; i++)
        {
            if (logits[i] > largest)
            {
                (largest, at) = (logits[i], i);
            }
        }

        return at;
    }
}
