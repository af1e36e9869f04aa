namespace EdgeBox.Benchmarks;

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Sample(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    /// <summary>The one in the middle.</summary>
    public double Median => _sorted.Length % 2 == 1 ? _sorted[_sorted.Length / 2] : (_sorted[(_sorted.Length / 2) - 1] + _sorted[_sorted.Length / 2]) / 2;

    /// <summary>"median of N, from A to B".</summary>
    public string Spread(string unit) => $"median of {_sorted.Length}, {Figure.Number(_sorted[0])} to {Figure.Number(_sorted[^1])} {unit}".TrimEnd();
}
