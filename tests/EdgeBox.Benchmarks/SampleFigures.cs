using System.Diagnostics;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Benchmarks;

/// <summary>What choosing one token costs, beside llama.cpp's samplers in the same order of work.</summary>
internal static class SampleFigures
{
    private const int Vocabulary = 201_088;
    private const int Rounds = 400;
    private const int LlamaRounds = 25;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.4);
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 4096).Select(i => i * 7919 % 1000)];

    /// <summary>Milliseconds a token for each chain, on logits like a model's, on some without a favourite, and on flat ones.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        await Task.CompletedTask;
        (string Name, float[] Logits)[] inputs =
        [
            ("peaked", Logits(3, peaks: 12)), ("normal", Logits(3, peaks: 0)), ("flat", Logits(0.01, peaks: 0)),
        ];
        foreach (var chain in Chains())
        {
            foreach (var (name, logits) in inputs)
            {
                var ours = Ours(chain.Settings, logits);
                var theirs = chain.Llama is null ? null : Theirs(chain.Llama, logits);
                var note = $"{Vocabulary} logits, {name}; {ours.Spread("ms")}"
                    + (theirs is null ? "" : $"; llama.cpp {Figure.Number(theirs.Median)} ms ({theirs.Spread("ms")})");
                yield return chain.Aim is { } aim && name != "flat"
                    ? Figure.AtMost($"{chain.Name}, {name}", aim, ours.Median, "ms", note)
                    : Figure.Plain($"{chain.Name}, {name}", ours.Median, "ms", note);
            }
        }
    }

    private static IEnumerable<Chain> Chains()
    {
        var plain = new SamplingSettings { Temperature = 0.8f, Seed = 1 };
        var penalties = plain with { RepetitionPenalty = 1.1f, PresencePenalty = 0.1f, FrequencyPenalty = 0.1f, PenaltyWindow = 64 };
        yield return new("greedy", 0.05, plain with { Temperature = 0 }, () => [LlamaChain.Greedy()]);
        yield return new("top-k 40, top-p, min-p, temperature", 0.10, plain with { TopK = 40, TopP = 0.95f, MinP = 0.05f },
            () => [LlamaChain.TopK(40), LlamaChain.TopP(0.95f), LlamaChain.MinP(0.05f), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("temperature", 0.35, plain, () => [LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("top-p, temperature", 0.35, plain with { TopP = 0.95f }, () => [LlamaChain.TopP(0.95f), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("min-p, temperature", 0.10, plain with { MinP = 0.05f }, () => [LlamaChain.MinP(0.05f), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("penalties, top-k 40, temperature", 0.10, penalties with { TopK = 40 },
            () => [LlamaChain.Penalties(Vocabulary, 64, 1.1f, 0.1f, 0.1f), LlamaChain.TopK(40), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("DRY over 4096, top-k 40, temperature", 0.15, plain with { TopK = 40, DryMultiplier = 0.8f, DryWindow = 4096 }, null);
        yield return new("top-k 40, typical-p, temperature", 0.10, plain with { TopK = 40, TypicalP = 0.9f },
            () => [LlamaChain.TopK(40), LlamaChain.Typical(0.9f), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("typical-p, temperature", null, plain with { TypicalP = 0.9f },
            () => [LlamaChain.Typical(0.9f), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("top-k 1000, temperature", null, plain with { TopK = 1000 }, () => [LlamaChain.TopK(1000), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("top-k 20000, temperature", null, plain with { TopK = 20_000 }, () => [LlamaChain.TopK(20_000), LlamaChain.Temperature(0.8f), LlamaChain.Draw(1)]);
        yield return new("temperature, 20 log-probabilities told", null, plain with { Logprobs = true, TopLogprobs = 20 }, null);
    }

    private static Sample Ours(SamplingSettings settings, float[] logits)
    {
        var (sampler, scratch, given) = (new Sampler(settings), new Candidates(), new float[logits.Length]);
        sampler.Begin(s_prompt);
        return Time(Rounds, logits, given, () => sampler.Next(given, scratch).Token);
    }

    private static Sample Theirs(Func<nint[]> samplers, float[] logits)
    {
        using var chain = new LlamaChain(logits.Length, samplers());
        return Time(LlamaRounds, logits, (float[])logits.Clone(), () => chain.Next(logits));
    }

    /// <summary>Each round begins with the same logits, written just before as the engine does.</summary>
    private static Sample Time(int rounds, float[] logits, float[] given, Func<int> choose)
    {
        var milliseconds = new List<double>();
        var start = Stopwatch.GetTimestamp();
        while (milliseconds.Count < rounds)
        {
            // The runtime needs a while to see what is worth compiling well.
            var warm = Stopwatch.GetElapsedTime(start) > s_warmUp;
            logits.CopyTo(given, 0);
            var begin = Stopwatch.GetTimestamp();
            var token = choose();
            var took = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            if (token < 0)
            {
                throw new InvalidOperationException("No token was chosen.");
            }

            if (warm)
            {
                milliseconds.Add(took);
            }
        }

        return new Sample(milliseconds);
    }

    /// <summary>Normally distributed logits, and some tokens that the model favours.</summary>
    private static float[] Logits(double sigma, int peaks)
    {
        var random = new Random(7);
        var logits = new float[Vocabulary];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        for (var i = 0; i < peaks; i++)
        {
            logits[random.Next(logits.Length)] = 24 - i;
        }

        return logits;
    }

    /// <summary>Samplers to measure, and llama.cpp's for the same.</summary>
    private sealed record Chain(string Name, double? Aim, SamplingSettings Settings, Func<nint[]>? Llama);
}
