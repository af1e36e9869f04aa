namespace EdgeBox.Worker.Batching;

/// <summary>How long steps of so many tokens took lately, in seconds.</summary>
internal sealed class StepCosts
{
    private const int Single = 16;
    private const int AnOctave = 4;
    private const double Weight = 0.15;

    private readonly double[] _seconds = new double[Bucket(1 << 20) + 1];

    /// <summary>Notes a step.</summary>
    public void Note(int tokens, double seconds)
    {
        ref var known = ref _seconds[Bucket(tokens)];
        known = known == 0 ? seconds : known + (Weight * (seconds - known));
    }

    /// <summary>What a step takes at least: as much as the largest known one that is no larger. 0 while none is known.</summary>
    public double Least(int tokens)
    {
        var bucket = Bucket(tokens);
        while (bucket > 0 && _seconds[bucket] == 0)
        {
            bucket--;
        }

        return _seconds[bucket];
    }

    /// <summary>What a step may take: of sizes that are not known, as if each token took as long as in a smaller step. 0 while none is known.</summary>
    public double Most(int tokens)
    {
        var bucket = Bucket(tokens);
        var known = bucket;
        while (known > 0 && _seconds[known] == 0)
        {
            known--;
        }

        return known == bucket || known == 0 ? _seconds[known] : _seconds[known] * tokens / Tokens(known);
    }

    /// <summary>The largest step, of those offered, that takes no longer than a limit.</summary>
    /// <param name="least">Offered in any case.</param>
    /// <param name="most">The largest that is offered.</param>
    /// <param name="seconds">The limit.</param>
    public int Largest(int least, int most, double seconds)
    {
        var tokens = most;
        while (tokens > least && Most(tokens) > seconds)
        {
            tokens -= Math.Max(1, tokens / 16);
        }

        return Math.Max(least, tokens);
    }

    private static int Bucket(int tokens) =>
        tokens <= Single ? tokens : Single + (int)Math.Ceiling(AnOctave * Math.Log2(tokens / (double)Single));

    private static double Tokens(int bucket) => bucket <= Single ? bucket : Single * Math.Pow(2, (bucket - Single) / (double)AnOctave);
}
