using CsCheck;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>Chosen tokens against plain arithmetic.</summary>
public sealed class SamplerTests
{
    private static readonly SamplingSettings s_plain = new() { Seed = 7 };

    private static readonly Gen<float> s_logit = Gen.OneOf(
        Gen.Float[-8, 8], Gen.Int[0, 3].Select(i => ((float[])[float.NaN, float.NegativeInfinity, 0, 3])[i]));

    [Fact]
    public void Greedy_AnyLogits_GivesTheFirstOfTheLargest() =>
        s_logit.Array[1, 70].Sample(logits =>
        {
            var best = -1;
            for (var i = 0; i < logits.Length; i++)
            {
                if (logits[i] > (best < 0 ? float.NegativeInfinity : logits[best]))
                {
                    best = i;
                }
            }

            Assert.Equal(best, Greedy.Pick(logits));
        });

    [Fact]
    public void Next_NoUsableLogit_SaysSo()
    {
        var sampler = new Sampler(s_plain);
        Assert.Equal(-1, sampler.Next([float.NaN, float.NegativeInfinity, float.NaN], new Candidates()).Token);
    }

    [Fact]
    public void TakeLargest_AnyLogits_GivesTheLargestInOrder() =>
        Gen.Select(s_logit.Array[1, 90], Gen.Int[1, 95]).Sample((logits, k) =>
        {
            var candidates = new Candidates();
            candidates.TakeLargest(logits, k);
            var expected = logits.Select((v, i) => (v, i)).Where(p => p.v > float.NegativeInfinity)
                .OrderByDescending(p => p.v).ThenBy(p => p.i).Take(k).Select(p => p.i);
            Assert.Equal(expected, candidates.Items.ToArray().Select(c => c.Token));
        });

    [Fact]
    public void Next_LongVocabulary_DrawsFromAllOfIt()
    {
        var logits = Enumerable.Range(0, 5003).Select(i => i % 1000 == 0 ? 10f : -50f).ToArray();
        var sampler = new Sampler(s_plain);
        var scratch = new Candidates();
        var seen = Enumerable.Range(0, 400).Select(_ => sampler.Next(logits, scratch).Token).ToHashSet();
        Assert.Equal([0, 1000, 2000, 3000, 4000, 5000], seen.Order());
    }

    [Fact]
    public void NucleusBound_AnyWeights_IsTheLastOneNeeded() =>
        Gen.Select(Gen.Float[0, 1].Array[1, 60], Gen.Double[0.01, 0.99], Gen.Int[0, 30]).Sample((raw, share, power) =>
        {
            // Weights over many magnitudes, the largest of them 1.
            float[] weights = [.. raw.Select(w => MathF.Pow(w, power)), 1];
            var target = share * weights.Sum(w => (double)w);
            var (kept, count) = (0.0, 0);
            var sorted = weights.OrderDescending().ToArray();
            while (kept < target)
            {
                kept += sorted[count++];
            }

            var scratch = new Candidates();
            var blocks = scratch.Weights(weights.Length);
            weights.CopyTo(blocks.Values);
            blocks.Tops.Fill(1);
            var bound = Distribution.NucleusBound(blocks, target, scratch);
            var chosen = weights.Count(w => w >= bound);

            // Sums are rounded: one more or less only where the target is met within that.
            var slack = 1e-5 * target;
            Assert.True(chosen >= count || sorted.Take(chosen).Sum(w => (double)w) >= target - slack);
            Assert.True(chosen <= count || kept <= target + slack || sorted[chosen - 1] == sorted[count - 1]);
        });

    [Fact]
    public void Next_SameSeedAndLogits_GivesTheSameTokens()
    {
        var random = new Xoshiro(3);
        var logits = Enumerable.Range(0, 1000).Select(_ => (float)(random.NextUnit() * 10)).ToArray();
        int[] Run(ulong seed)
        {
            var sampler = new Sampler(s_plain with { Seed = seed, PresencePenalty = 0.5f, PenaltyWindow = 8 });
            var scratch = new Candidates();
            return [.. Enumerable.Range(0, 100).Select(_ => sampler.Next((float[])logits.Clone(), scratch).Token)];
        }

        Assert.Equal(Run(11), Run(11));
        Assert.NotEqual(Run(11), Run(12));
    }

    [Fact]
    public void Xoshiro_KnownSeed_GivesTheStreamForEver()
    {
        // The reference generator with SplitMix64 numbers of seed 0 as its state begins 99ec5f36cb75f2b4, bf6e1f784956452a, 1a5f849d4933e6e0.
        var random = new Xoshiro(0);
        Assert.Equal([0.6013, 0.7478, 0.1030], Enumerable.Range(0, 3).Select(_ => Math.Round(random.NextUnit(), 4)));
    }

    [Fact]
    public void Apply_TokensOfTheWindow_LowersThemByTheFormulas()
    {
        var history = new PenaltyHistory(3);
        foreach (var token in (int[])[5, 1, 2, 1])
        {
            history.Add(token);
        }

        float[] logits = [1, 4, -2, 3, 3, 3];
        history.Apply(logits, s_plain with { RepetitionPenalty = 2, PresencePenalty = 0.5f, FrequencyPenalty = 0.25f });
        Assert.Equal([1, (4 / 2f) - 0.5f - 0.5f, (-2 * 2f) - 0.5f - 0.25f, 3, 3, 3], logits);
    }

    [Fact]
    public void Next_SteadyState_AllocatesNothing()
    {
        var logits = Enumerable.Range(0, 4000).Select(i => MathF.Sin(i) * 5).ToArray();
        SamplingSettings[] all =
        [
            s_plain with { Temperature = 0 },
            s_plain,
            s_plain with { TopK = 40, TopP = 0.9f, MinP = 0.05f },
            s_plain with { TopP = 0.9f },
            s_plain with { PresencePenalty = 0.1f, PenaltyWindow = 64 },
            s_plain with { TypicalP = 0.9f },
            s_plain with { TopK = 2000, TypicalP = 0.9f },
            s_plain with { DryMultiplier = 1, DryWindow = 64, LogitBias = [new(1, 3)] },
        ];
        foreach (var settings in all)
        {
            var (sampler, scratch) = (new Sampler(settings), new Candidates());
            for (var i = 0; i < 200; i++)
            {
                sampler.Next(logits, scratch);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                sampler.Next(logits, scratch);
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1000, settings.ToString());
        }
    }
}
