namespace EdgeBox.Worker.Sampling;

/// <summary>A weight for each token, with what is known of each block of them.</summary>
/// <param name="values">The weights; those of a block whose top is 0 are not to be read.</param>
/// <param name="sums">The sum of each block.</param>
/// <param name="tops">The largest of each block.</param>
internal readonly ref struct Weights(Span<float> values, Span<double> sums, Span<float> tops)
{
    public Span<float> Values { get; } = values;

    public Span<double> Sums { get; } = sums;

    public Span<float> Tops { get; } = tops;
}
