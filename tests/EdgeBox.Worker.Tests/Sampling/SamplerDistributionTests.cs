using CsCheck;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>Which tokens are drawn and how often, against <see cref="PlainSampler"/>.</summary>
public sealed class SamplerDistributionTests
{
    private static readonly float[] s_logits =
        [2, 1.5f, float.NaN, 1, 0.5f, 0, -1, 3, 2.5f, float.NegativeInfinity, -2, 0.25f, 1.25f, 1.75f, -0.5f, 2.25f, 0.1f, -3, 0.9f];

    private static readonly int[] s_history = [7, 1, 4, 8, 0, 7, 1, 4, 8, 3, 7, 1, 4];

    private static readonly TokenSet s_breakers = Set(19, 8);

    /// <summary>Each sampler alone, and together.</summary>
    internal static SamplingSettings[] All { get; } =
    [
        new(),
        new() { Temperature = 0 },
        new() { Temperature = 0.3f },
        new() { Temperature = 2, TopK = 5 },
        new() { TopK = 1 },
        new() { TopP = 0.8f },
        new() { TopK = 12, TopP = 0.6f },
        new() { MinP = 0.2f },
        new() { Temperature = 0.9f, TopK = 9, TopP = 0.9f, MinP = 0.1f },
        new() { Temperature = 2, TopP = 0.95f, MinP = 0.05f },
        new() { TypicalP = 0.5f },
        new() { Temperature = 1.5f, TypicalP = 0.2f },
        new() { TopK = 10, TypicalP = 0.6f },
        new() { TopK = 10, TypicalP = 0.7f, TopP = 0.8f, MinP = 0.3f },
        new() { TypicalP = 0.9f, TopP = 0.7f, MinP = 0.1f },
        new() { LogitBias = [new(-100, 7), new(float.NegativeInfinity, 8), new(3, 10)], TopK = 6 },
        new() { PenaltyWindow = 6, RepetitionPenalty = 1.3f, PresencePenalty = 0.2f, FrequencyPenalty = 0.3f },
        new() { PenaltyWindow = 64, RepetitionPenalty = 0.8f, TopP = 0.9f },
        new() { DryMultiplier = 0.8f, DryWindow = 64 },
        new() { DryMultiplier = 0.8f, DryBase = 1.2f, DryAllowedLength = 1, DryWindow = 9, DryBreakers = s_breakers, TopK = 12 },
    ];

    public static TheoryData<int> Each => new(Enumerable.Range(0, All.Length));

    [Theory]
    [MemberData(nameof(Each))]
    public void Next_ManyDraws_FollowThePlainDistribution(int which)
    {
        var settings = All[which] with { Seed = 7 };
        var chances = PlainSampler.Chances(s_logits, settings, s_history);
        const int Draws = 20_000;
        var counts = new int[s_logits.Length];
        var scratch = new Candidates();
        for (ulong draw = 0; draw < Draws; draw++)
        {
            var sampler = new Sampler(settings with { Seed = draw });
            sampler.Begin(s_history);
            counts[sampler.Next([.. s_logits], scratch).Token]++;
        }

        // Nothing is drawn that may not be, and chi-square is below what one in ten thousand right samplers would have.
        var possible = Enumerable.Range(0, chances.Length).Where(i => chances[i] > 0).ToList();
        Assert.Equal(Draws, possible.Sum(i => counts[i]));
        var square = possible.Sum(i => Math.Pow(counts[i] - (Draws * chances[i]), 2) / (Draws * chances[i]));
        var freedom = Math.Max(1, possible.Count - 1);
        Assert.True(square < freedom * Math.Pow(1 - (2 / (9.0 * freedom)) + (3.72 * Math.Sqrt(2 / (9.0 * freedom))), 3), $"chi-square {square} of {freedom}");
        Assert.All(possible.Where(i => chances[i] > 0.001), i => Assert.True(counts[i] > 0, $"token {i} of chance {chances[i]} never came"));
    }

    /// <summary>Long enough for many blocks and an unfinished one; a walk over all that may be drawn finds the same support.</summary>
    [Theory]
    [InlineData(0, 1, 0.9, 0)]
    [InlineData(0, 1, 0.3, 0.001)]
    [InlineData(0, 1, 1, 0.01)]
    [InlineData(0, 0.4, 1, 0)]
    [InlineData(0, 0.7, 0.6, 0.002)]
    [InlineData(40, 1, 0.9, 0)]
    [InlineData(40, 0.6, 1, 0.01)]
    [InlineData(300, 1, 1, 0)]
    [InlineData(1500, 1, 1, 0)]
    [InlineData(1500, 0.5, 0.9, 0.001)]
    public void Next_LongVocabulary_DrawsFromTheSupportOfTheReferenceOnly(int topK, float typicalP, float topP, float minP)
    {
        var logits = Normal(5003, sigma: 1.5, seed: 5);
        var settings = new SamplingSettings { TopK = topK, TypicalP = typicalP, TopP = topP, MinP = minP };
        var chances = PlainSampler.Chances(logits, settings);
        var (scratch, counts) = (new Candidates(), new int[logits.Length]);
        const int Draws = 30_000;
        for (ulong seed = 0; seed < Draws; seed++)
        {
            counts[new Sampler(settings with { Seed = seed }).Next([.. logits], scratch).Token]++;
        }

        // At the rim a float and a double may disagree about one token.
        Assert.True(Enumerable.Range(0, logits.Length).Count(i => counts[i] > 0 && chances[i] == 0) <= 1);

        // Tokens in ten groups of about equal chance, the likeliest first.
        var groups = Enumerable.Range(0, logits.Length).Where(i => chances[i] > 0).OrderByDescending(i => chances[i])
            .Aggregate((Sum: 0.0, Groups: new List<(double Chance, int Count)> { (0, 0) }), (s, i) =>
            {
                var (chance, count) = s.Groups[^1];
                s.Groups[^1] = (chance + chances[i], count + counts[i]);
                if (s.Groups[^1].Chance >= 0.1)
                {
                    s.Groups.Add((0, 0));
                }

                return (s.Sum + chances[i], s.Groups);
            }).Groups.Where(g => g.Chance * Draws > 20);
        Assert.All(groups, g => Assert.InRange(g.Count / (double)Draws, g.Chance - (5 * Math.Sqrt(g.Chance / Draws)), g.Chance + (5 * Math.Sqrt(g.Chance / Draws))));
    }

    [Fact]
    public void Next_Greedy_IsTheFirstOfTheLargest() =>
        Gen.Select(Gen.Int[-3, 3].Select(i => i == 3 ? float.NaN : i).Array[1, 600], Gen.Bool).Sample((logits, topOne) =>
        {
            var settings = topOne ? new SamplingSettings { TopK = 1 } : new SamplingSettings { Temperature = 0 };
            var numbers = logits.Where(l => !float.IsNaN(l)).DefaultIfEmpty(float.NaN).Max();
            Assert.Equal(Array.IndexOf(logits, numbers) is var at && float.IsNaN(numbers) ? -1 : at, new Sampler(settings).Next(logits, new Candidates()).Token);
        });

    [Fact]
    public void Next_InfinityAmongTheLogits_IsChosen()
    {
        foreach (var settings in All.Where(s => s.LogitBias.Count == 0))
        {
            float[] logits = [.. s_logits];
            logits[16] = float.PositiveInfinity;
            Assert.Equal(16, new Sampler(settings).Next(logits, new Candidates()).Token);
        }
    }

    [Fact]
    public void Next_TemperatureOfNextToNothing_IsGreedy()
    {
        foreach (var topK in (int[])[0, 5])
        {
            var sampler = new Sampler(new SamplingSettings { Temperature = 1e-42f, TopK = topK });
            Assert.Equal(7, sampler.Next([.. s_logits], new Candidates()).Token);
        }
    }

    internal static float[] Normal(int count, double sigma, ulong seed)
    {
        var random = new Xoshiro(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
            (float)(sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextUnit())) * Math.Cos(2 * Math.PI * random.NextUnit())))];
    }

    private static TokenSet Set(int vocabulary, params int[] tokens)
    {
        var set = new TokenSet(vocabulary);
        Array.ForEach(tokens, set.Add);
        return set;
    }
}
