using CsCheck;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>DRY against a comparison of every place with the end.</summary>
public sealed class PhraseHistoryTests
{
    private const int Vocabulary = 6;

    [Fact]
    public void Apply_AnyHistory_TakesWhatThePlainSearchTakes() =>
        Gen.Select(
            Gen.Int[0, 5].Array[0, 120], Gen.Int[2, 5], Gen.Int[1, 40], Gen.Int[1, 5], Gen.Int[-1, 5], Gen.Bool).Sample(
            (raw, tokens, window, allowed, breaker, repeated) =>
            {
                // Few tokens, or one phrase again and again, so that there are long phrases that overlap.
                int[] history = repeated && raw.Length > 3 ? [.. Enumerable.Range(0, raw.Length).Select(i => raw[i % 3])] : [.. raw.Select(t => t % tokens)];
                var breakers = new TokenSet(Vocabulary);
                if (breaker >= 0)
                {
                    breakers.Add(breaker);
                }

                var settings = new SamplingSettings
                {
                    DryMultiplier = 0.75f, DryBase = 1.5f, DryAllowedLength = allowed, DryWindow = window, DryBreakers = breakers,
                };
                var phrases = new PhraseHistory(settings);
                Array.ForEach(history, phrases.Add);
                var logits = new float[Vocabulary];
                phrases.Apply(logits, new Candidates());
                var expected = PlainSampler.Phrases(settings, history);
                for (var token = 0; token < Vocabulary; token++)
                {
                    var penalty = expected.GetValueOrDefault(token);
                    Assert.Equal(-penalty, logits[token], 1e-5 * penalty);
                }
            }, iter: 20_000);

    [Fact]
    public void Apply_KnownPhrase_LowersWhatWouldLengthenIt()
    {
        // "1 2 3 4 ... 1 2 3": after three of the phrase, 4 would be the fourth.
        var phrases = new PhraseHistory(new SamplingSettings { DryMultiplier = 2, DryBase = 3, DryAllowedLength = 2, DryWindow = 100 });
        foreach (var token in (int[])[1, 2, 3, 4, 5, 1, 2, 3])
        {
            phrases.Add(token);
        }

        var logits = new float[6];
        phrases.Apply(logits, new Candidates());
        Assert.Equal([0, 0, 0, 0, -2 * 3, 0], logits);
    }

    [Fact]
    public void Apply_LongestWindowOfOneToken_StaysANumberAndStepsOnceAToken()
    {
        // The same token 65,536 times: a comparison of every place with the end would take two thousand million steps.
        var phrases = new PhraseHistory(new SamplingSettings { DryMultiplier = 10, DryBase = 4, DryAllowedLength = 1, DryWindow = 65_536 });
        for (var i = 0; i < 200_000; i++)
        {
            phrases.Add(3);
        }

        var logits = new float[6];
        phrases.Apply(logits, new Candidates());
        Assert.Equal([0, 0, 0, -1e30f, 0, 0], logits);
    }
}
