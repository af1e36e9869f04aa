using CsCheck;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>Probabilities that are told.</summary>
public sealed class LikelihoodTests
{
    [Fact]
    public void Next_LogprobsAsked_AreTheLogSoftmaxOfTheModelAlone() =>
        Gen.Select(Gen.Float[-30, 30].Array[1, 2000], Gen.Int[0, 20], Gen.Int[0, SamplerDistributionTests.All.Length - 1]).Sample((logits, top, which) =>
        {
            var settings = SamplerDistributionTests.All[which] with { Logprobs = true, TopLogprobs = top };
            settings = settings with { LogitBias = [.. settings.LogitBias.Where(b => b.Token < logits.Length)] };
            var largest = logits.Max();
            var sum = Math.Log(logits.Sum(l => Math.Exp((double)l - largest)));
            var choice = new Sampler(settings).Next([.. logits], new Candidates());
            Assert.Equal(logits[choice.Token] - largest - sum, choice.Logprob, 1e-4);
            if (top == 0)
            {
                Assert.Null(choice.Top!);
                return;
            }

            var expected = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(top).ToArray();
            Assert.Equal(expected, choice.Top!.Select(c => c.Token));
            Assert.All(choice.Top!, c => Assert.Equal(logits[c.Token] - largest - sum, c.Value, 1e-4));
        });

    [Fact]
    public void Next_LogprobsNotAsked_TellsNone() =>
        Assert.Equal(new Choice(1, 0, null), new Sampler(new SamplingSettings { Temperature = 0 }).Next([1, 2], new Candidates()));

    [Fact]
    public void Next_BiasAndPenalties_DoNotShow()
    {
        var settings = new SamplingSettings
        {
            Temperature = 0, Logprobs = true, TopLogprobs = 2, LogitBias = [new(50, 2), new(float.NegativeInfinity, 0)], PenaltyWindow = 4, PresencePenalty = 2,
        };
        var sampler = new Sampler(settings);
        sampler.Begin([1, 2]);
        var choice = sampler.Next([2, 1, 0], new Candidates());
        Assert.Equal(2, choice.Token);
        Assert.Equal(-2.4076, choice.Logprob, 1e-4);
        Assert.Equal([0, 1], choice.Top!.Select(c => c.Token));
    }

    [Fact]
    public void Next_InfinityAndNaN_AreToldAsSureAndImpossible()
    {
        var settings = new SamplingSettings { Temperature = 0, Logprobs = true, TopLogprobs = 3 };
        var choice = new Sampler(settings).Next([1, float.NaN, float.PositiveInfinity, 5], new Candidates());
        Assert.Equal((2, 0f), (choice.Token, choice.Logprob));
        Assert.Equal([new Candidate(0, 2), new Candidate(float.NegativeInfinity, 3), new Candidate(float.NegativeInfinity, 0)], choice.Top!);
    }
}
