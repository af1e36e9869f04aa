using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Sixteen lanes in one vector.</summary>
internal readonly struct Lanes512(Vector512<float> a) : ILanes<Lanes512>
{
    private readonly Vector512<float> _a = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) => new(left._a + right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) => new(left._a - right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) => new(left._a * right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Of(float value)
    {
        var all = Vector512.Create(value);
        return new Lanes512(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(ref readonly float source) => new(Vector512.LoadUnsafe(in source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, ref float target) => value._a.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Larger(Lanes512 left, Lanes512 right) => new(Larger(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Where(Lanes512 value, Lanes512 key, Lanes512 least) => new(Where(value._a, key._a, least._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Scale(Lanes512 value, Lanes512 power) => new(Scale(value._a, power._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 value)
    {
        var eight = value._a.GetLower() + value._a.GetUpper();
        return Lanes128.Sum(eight.GetLower() + eight.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes512 value)
    {
        var (lower, upper) = (value._a.GetLower(), value._a.GetUpper());
        var eight = Vector256.ConditionalSelect(Vector256.GreaterThan(lower, upper), lower, upper);
        return Lanes128.Largest(Lanes128.Larger(eight.GetLower(), eight.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Larger(Vector512<float> left, Vector512<float> right) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Where(Vector512<float> value, Vector512<float> key, Vector512<float> least) =>
        Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(key, least), value, Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scale(Vector512<float> value, Vector512<float> power) =>
        (value.AsInt32() + (power.AsInt32() << 23)).AsSingle();
}
