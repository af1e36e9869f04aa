using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Sixteen lanes in four vectors.</summary>
internal readonly struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    private readonly Vector128<float> _a = a;
    private readonly Vector128<float> _b = b;
    private readonly Vector128<float> _c = c;
    private readonly Vector128<float> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 left, Lanes128 right) =>
        new(left._a + right._a, left._b + right._b, left._c + right._c, left._d + right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 left, Lanes128 right) =>
        new(left._a - right._a, left._b - right._b, left._c - right._c, left._d - right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 left, Lanes128 right) =>
        new(left._a * right._a, left._b * right._b, left._c * right._c, left._d * right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Of(float value)
    {
        var all = Vector128.Create(value);
        return new Lanes128(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(ref readonly float source) =>
        new(Vector128.LoadUnsafe(in source), Vector128.LoadUnsafe(in source, 4), Vector128.LoadUnsafe(in source, 8), Vector128.LoadUnsafe(in source, 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, ref float target)
    {
        value._a.StoreUnsafe(ref target);
        value._b.StoreUnsafe(ref target, 4);
        value._c.StoreUnsafe(ref target, 8);
        value._d.StoreUnsafe(ref target, 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Larger(Lanes128 left, Lanes128 right) =>
        new(Larger(left._a, right._a), Larger(left._b, right._b), Larger(left._c, right._c), Larger(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Where(Lanes128 value, Lanes128 key, Lanes128 least) =>
        new(Where(value._a, key._a, least._a), Where(value._b, key._b, least._b), Where(value._c, key._c, least._c), Where(value._d, key._d, least._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Scale(Lanes128 value, Lanes128 power) =>
        new(Scale(value._a, power._a), Scale(value._b, power._b), Scale(value._c, power._c), Scale(value._d, power._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 value) => Sum((value._a + value._c) + (value._b + value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes128 value) => Largest(Larger(Larger(value._a, value._c), Larger(value._b, value._d)));

    /// <summary>The sum of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> four)
    {
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two[0] + two[1];
    }

    /// <summary>The largest of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector128<float> four)
    {
        var two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3)));
        return two[0] > two[1] ? two[0] : two[1];
    }

    /// <summary>The larger ones; NaN on the left is passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Larger(Vector128<float> left, Vector128<float> right) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Where(Vector128<float> value, Vector128<float> key, Vector128<float> least) =>
        Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(key, least), value, Vector128<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Scale(Vector128<float> value, Vector128<float> power) =>
        (value.AsInt32() + (power.AsInt32() << 23)).AsSingle();
}
