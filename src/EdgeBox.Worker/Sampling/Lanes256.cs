using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeBox.Worker.Sampling;

/// <summary>Sixteen lanes in two vectors, for a machine with AVX2.</summary>
/// <remarks>
/// The instructions are named one by one: a program that is compiled ahead of time for machines without AVX2 as well makes them of
/// the names, and many scalar ones of the operators of <see cref="Vector256{T}"/>.
/// </remarks>
internal readonly unsafe struct Lanes256(Vector256<float> a, Vector256<float> b) : ILanes<Lanes256>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    /// <summary>Whether the machine has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(Avx.Add(left._a, right._a), Avx.Add(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(Avx.Subtract(left._a, right._a), Avx.Subtract(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(Avx.Multiply(left._a, right._a), Avx.Multiply(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Of(float value)
    {
        var all = Avx.BroadcastScalarToVector256(&value);
        return new Lanes256(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(ref readonly float source)
    {
        fixed (float* start = &source)
        {
            return new Lanes256(Avx.LoadVector256(start), Avx.LoadVector256(start + 8));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, ref float target)
    {
        fixed (float* start = &target)
        {
            Avx.Store(start, value._a);
            Avx.Store(start + 8, value._b);
        }
    }

    // The instruction gives its second operand where they are not comparable, and where both are zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Larger(Lanes256 left, Lanes256 right) => new(Avx.Max(left._a, right._a), Avx.Max(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Where(Lanes256 value, Lanes256 key, Lanes256 least) =>
        new(Where(value._a, key._a, least._a), Where(value._b, key._b, least._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Scale(Lanes256 value, Lanes256 power) => new(Scale(value._a, power._a), Scale(value._b, power._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 value)
    {
        var eight = Avx.Add(value._a, value._b);
        return Lanes128.Sum(Avx.ExtractVector128(eight, 0) + Avx.ExtractVector128(eight, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes256 value)
    {
        var eight = Avx.Max(value._a, value._b);
        return Lanes128.Largest(Lanes128.Larger(Avx.ExtractVector128(eight, 0), Avx.ExtractVector128(eight, 1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Where(Vector256<float> value, Vector256<float> key, Vector256<float> least) =>
        Avx.And(Avx.CompareGreaterThanOrEqual(key, least), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(Vector256<float> value, Vector256<float> power) =>
        Avx2.Add(value.AsInt32(), Avx2.ShiftLeftLogical(power.AsInt32(), 23)).AsSingle();
}
