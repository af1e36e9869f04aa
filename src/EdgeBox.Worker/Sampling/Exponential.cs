using System.Runtime.CompilerServices;

namespace EdgeBox.Worker.Sampling;

/// <summary>e^x for what is not above 0, the same bits in a vector and alone, on every machine.</summary>
/// <remarks>
/// x = n ln 2 + f with |f| at most half of ln 2; e^f is the polynomial of Cephes' expf, whose relative error is below 2e-7.
/// The library's own exponential may differ from machine to machine: it uses fused products where there are any.
/// </remarks>
internal static class Exponential
{
    /// <summary>What is below is 0. e^-60 is 9e-27: all tokens of a vocabulary together would not be drawn once in the life of the box.</summary>
    public const float Least = -60;

    private const float PerLn2 = 1.44269504f;

    // ln 2 in two parts; the first has few bits, so that its product with n is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Added to a small number, it leaves the nearest whole one in the lowest bits.
    private const float Round = 12582912f;

    private const float P0 = 1.9875691500e-4f;
    private const float P1 = 1.3981999507e-3f;
    private const float P2 = 8.3334519073e-3f;
    private const float P3 = 4.1665795894e-2f;
    private const float P4 = 1.6666665459e-1f;
    private const float P5 = 5.0000001201e-1f;

    /// <summary>e^x of one number.</summary>
    public static float Of(float x)
    {
        if (!(x >= Least))
        {
            return 0;
        }

        var power = (x * PerLn2) + Round;
        var n = power - Round;
        var f = x - (n * Ln2High) - (n * Ln2Low);
        var p = (P0 * f) + P1;
        p = (p * f) + P2;
        p = (p * f) + P3;
        p = (p * f) + P4;
        p = (p * f) + P5;
        p = (p * (f * f)) + f + 1f;
        return BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(p) + (BitConverter.SingleToInt32Bits(power) << 23));
    }

    /// <summary>e^x of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        var power = (x * T.Of(PerLn2)) + T.Of(Round);
        var n = power - T.Of(Round);
        var f = x - (n * T.Of(Ln2High)) - (n * T.Of(Ln2Low));
        var p = (T.Of(P0) * f) + T.Of(P1);
        p = (p * f) + T.Of(P2);
        p = (p * f) + T.Of(P3);
        p = (p * f) + T.Of(P4);
        p = (p * f) + T.Of(P5);
        p = (p * (f * f)) + f + T.Of(1f);
        return T.Where(T.Scale(p, power), x, T.Of(Least));
    }
}
