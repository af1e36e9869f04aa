using System.Diagnostics;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>The engine alone on the GPU, outside any sandbox.</summary>
internal static class GpuBare
{
    private const int Rounds = 3;
    private const int PromptTokens = 16;
    private const int LongPrompt = 2048;
    private const int Letter = 33;

    /// <summary>Its speed at the same batches, and what the way through the box makes of it.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="slots">Sequences of its context.</param>
    /// <param name="streams">Batches.</param>
    /// <param name="through">What was measured through the box, by the number of streams.</param>
    public static IReadOnlyList<Figure> Measure(string file, int slots, int[] streams, IReadOnlyDictionary<int, double> through)
    {
        var begin = Stopwatch.GetTimestamp();
        using var bare = new BareLoop(file, GpuRun.Context, slots, GpuRun.Threads);
        var load = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var figures = new List<Figure>();
        foreach (var count in streams)
        {
            // Which tokens they are is of no account for the speed; no two prompts begin alike.
            List<IReadOnlyList<int>> prompts = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, PromptTokens).Select(at => Letter + ((i + at) % 26)).ToArray())];
            var rounds = Enumerable.Range(0, Rounds + 1).Select(_ => bare.Run(prompts, GpuRun.Tokens).Decode).Skip(1).ToList();
            var speed = new Sample(rounds);
            figures.Add(Figure.Plain($"bare loop, batch of {count}", speed.Median, "tokens/s",
                $"{GpuRun.Tokens} tokens each, loaded in {Figure.Number(load)} s; a step takes {Figure.Number(1000 * count / speed.Median)} ms; {speed.Spread("tokens/s")}"));
            if (through.TryGetValue(count, out var ours))
            {
                figures.Add(Figure.Plain($"gRPC ÷ bare loop, {(count == 1 ? "1 stream" : $"{count} streams")}, greedy", ours / speed.Median, "", "one after the other"));
            }
        }

        if (slots == 1)
        {
            var steps = bare.PromptSteps([.. Enumerable.Range(0, LongPrompt).Select(at => Letter + (at % 26))], 256);
            figures.Add(Figure.Plain("bare loop, reading a prompt in steps of 256", 256 / new Sample(steps.Skip(1)).Median, "tokens/s", $"{LongPrompt} tokens; {new Sample(steps).Spread("s")}"));
        }

        return figures;
    }
}
