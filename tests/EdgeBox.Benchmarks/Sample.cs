namespace EdgeBox.Benchmarks;

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Sample(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    /// <summary>The one in the middle.</summary>
    public double Median => _sorted.Length % 2 == 1 ? _sorted[_sorted.Length / 2] : (_sorted[(_sorted.Length / 2) - 1] + _sorted[_sorted.Length / 2]) / 2;

    public int Count => _sorted.Length;

    /// <summary>The smallest that is not below so many percent of them.</summary>
    public double Percentile(double percent) => _sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * _sorted.Length) - 1, 0, _sorted.Length - 1)];

    /// <summary>"median of N, from A to B".</summary>
    public string Spread(string unit) => $"median of {_sorted.Length}, {Figure.Number(_sorted[0])} to {Figure.Number(_sorted[^1])} {unit}".TrimEnd();
}
