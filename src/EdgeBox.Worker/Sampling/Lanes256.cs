using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Sixteen lanes in two vectors.</summary>
internal readonly struct Lanes256(Vector256<float> a, Vector256<float> b) : ILanes<Lanes256>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left._a + right._a, left._b + right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left._a - right._a, left._b - right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left._a * right._a, left._b * right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Of(float value)
    {
        var all = Vector256.Create(value);
        return new Lanes256(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(ref readonly float source) => new(Vector256.LoadUnsafe(in source), Vector256.LoadUnsafe(in source, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, ref float target)
    {
        value._a.StoreUnsafe(ref target);
        value._b.StoreUnsafe(ref target, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Larger(Lanes256 left, Lanes256 right) => new(Larger(left._a, right._a), Larger(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Where(Lanes256 value, Lanes256 key, Lanes256 least) =>
        new(Where(value._a, key._a, least._a), Where(value._b, key._b, least._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Scale(Lanes256 value, Lanes256 power) => new(Scale(value._a, power._a), Scale(value._b, power._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 value) => Sum(value._a + value._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes256 value) => Largest(Larger(value._a, value._b));

    /// <summary>The sum of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> eight) => Lanes128.Sum(eight.GetLower() + eight.GetUpper());

    /// <summary>The largest of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector256<float> eight) => Lanes128.Largest(Lanes128.Larger(eight.GetLower(), eight.GetUpper()));

    /// <summary>The larger ones; NaN on the left is passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Larger(Vector256<float> left, Vector256<float> right) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Where(Vector256<float> value, Vector256<float> key, Vector256<float> least) =>
        Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(key, least), value, Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(Vector256<float> value, Vector256<float> power) =>
        (value.AsInt32() + (power.AsInt32() << 23)).AsSingle();
}
