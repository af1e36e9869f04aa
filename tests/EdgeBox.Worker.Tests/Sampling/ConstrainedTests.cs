using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>Choosing under a constraint: drawn first and masked only when refused.</summary>
public sealed class ConstrainedTests
{
    private static readonly float[] s_logits = [2, 1, 0.5f, 0, -1, 1.5f, 3];

    [Theory]
    [InlineData(1)]
    [InlineData(0.6)]
    public void Next_ManyDraws_HaveTheChancesOfTheMaskedLogits(float temperature)
    {
        var settings = new SamplingSettings { Temperature = temperature };
        float[] masked = [.. s_logits.Select((logit, token) => token is 1 or 3 or 5 ? logit : float.NegativeInfinity)];
        var chances = PlainSampler.Chances(masked, settings);
        const int Draws = 40_000;
        var (counts, asked) = (new int[s_logits.Length], 0);
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var constraint = new Only(1, 3, 5);
            counts[new Sampler(settings with { Seed = seed }).Next([.. s_logits], new Candidates(), constraint).Token]++;
            asked += constraint.Masked;
        }

        for (var token = 0; token < counts.Length; token++)
        {
            Assert.InRange(counts[token] / (double)Draws,
                chances[token] - (5 * Math.Sqrt(chances[token] / Draws)), chances[token] + (5 * Math.Sqrt(chances[token] / Draws)));
        }

        // The mask was needed as often as a token was refused.
        var free = PlainSampler.Chances(s_logits, settings);
        Assert.Equal(1 - free[1] - free[3] - free[5], asked / (double)Draws, 0.02);
    }

    [Fact]
    public void Next_GreedyAndTheBestIsRefused_TakesTheBestThatIsAllowed()
    {
        var constraint = new Only(1, 3, 5);
        Assert.Equal(5, new Sampler(new SamplingSettings { Temperature = 0 }).Next([.. s_logits], new Candidates(), constraint).Token);
        Assert.Equal((1, "5"), (constraint.Masked, string.Join(' ', constraint.Accepted)));
    }

    [Fact]
    public void Next_BestIsAllowed_DoesNotMask()
    {
        var constraint = new Only(6);
        Assert.Equal(6, new Sampler(new SamplingSettings { Temperature = 0 }).Next([.. s_logits], new Candidates(), constraint).Token);
        Assert.Equal((0, "6"), (constraint.Masked, string.Join(' ', constraint.Accepted)));
    }

    [Fact]
    public void Next_NothingIsAllowed_SaysSoAndNotesNothing()
    {
        foreach (var settings in SamplerDistributionTests.All.Where(s => s.LogitBias.Count == 0))
        {
            var constraint = new Only();
            var sampler = new Sampler(settings with { PenaltyWindow = 4, PresencePenalty = 1 });
            Assert.Equal(new Choice(-1, 0, null), sampler.Next([.. s_logits], new Candidates(), constraint));
            Assert.Empty(constraint.Accepted);
        }
    }

    [Fact]
    public void Next_RefusedToken_IsNotInTheHistory()
    {
        // Only token 1 may come, twice; then 6, which was best all the time and was never chosen, has lost nothing.
        var sampler = new Sampler(new SamplingSettings { Temperature = 0, PenaltyWindow = 8, FrequencyPenalty = 1 });
        var scratch = new Candidates();
        Assert.Equal(1, sampler.Next([.. s_logits], scratch, new Only(1)).Token);
        Assert.Equal(1, sampler.Next([.. s_logits], scratch, new Only(1)).Token);
        float[] logits = [.. s_logits];
        Assert.Equal(6, sampler.Next(logits, scratch).Token);
        Assert.Equal((3f, -1f), (logits[6], logits[1]));
    }

    /// <summary>Allows some tokens, always.</summary>
    private sealed class Only(params int[] tokens) : ITokenConstraint
    {
        public int Masked { get; private set; }

        public List<int> Accepted { get; } = [];

        public bool Allows(int token) => tokens.Contains(token);

        public void Mask(Span<float> logits)
        {
            Masked++;
            for (var token = 0; token < logits.Length; token++)
            {
                logits[token] = Allows(token) ? logits[token] : float.NegativeInfinity;
            }
        }

        public void Accept(int token) => Accepted.Add(token);
    }
}
