namespace EdgeBox.Worker.Sampling;

/// <summary>Sixteen floats side by side, in vectors of whatever width the machine has.</summary>
/// <remarks>
/// Every implementation gives the same bits: there are always sixteen lanes, products and sums are rounded one by one
/// (nothing is fused), and lanes are joined by halves: 16, 8, 4, 2, 1.
/// </remarks>
internal interface ILanes<T>
    where T : struct, ILanes<T>
{
    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator *(T left, T right);

    /// <summary>One number in all lanes.</summary>
    static abstract T Of(float value);

    /// <summary>The sixteen floats from here on.</summary>
    static abstract T Load(ref readonly float source);

    /// <summary>Writes sixteen floats from here on.</summary>
    static abstract void Store(T value, ref float target);

    /// <summary>The larger ones; NaN on the left is passed over.</summary>
    static abstract T Larger(T left, T right);

    /// <summary>A value where its key is at least so much, 0 elsewhere and where the key is NaN.</summary>
    static abstract T Where(T value, T key, T least);

    /// <summary>A value times 2^n, where n stands in the lowest bits of a float (<see cref="Exponential"/>).</summary>
    static abstract T Scale(T value, T power);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(T value);

    /// <summary>The largest of the lanes; none is NaN.</summary>
    static abstract float Largest(T value);
}
