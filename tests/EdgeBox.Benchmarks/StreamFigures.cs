using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>What the way through the daemon, the worker and gRPC costs against the engine alone at the same batch.</summary>
internal static class StreamFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Rounds = 5;

    // How many streams, tokens of each, and the aims: greedy, and at temperature 1 against the same greedy loop.
    private static readonly (int Streams, int Tokens, double Greedy, double Sampled)[] s_cases =
        [(1, 256, 0.95, 0.85), (4, 128, 0.92, 0.75), (16, 64, 0.88, 0.65)];

    /// <summary>With the vocabulary of gpt-oss, greedy and sampled.</summary>
    public static IAsyncEnumerable<Figure> GptOssAsync(string directory) => MeasureAsync(directory, BenchModel.GptOss, sampled: true);

    /// <summary>With a small vocabulary, greedy.</summary>
    public static IAsyncEnumerable<Figure> LlamaAsync(string directory) => MeasureAsync(directory, BenchModel.Llama, sampled: false);

    private static async IAsyncEnumerable<Figure> MeasureAsync(string directory, BenchModel model, bool sampled)
    {
        var file = model.WriteTo(directory);
        await using var box = await Box.StartAsync(directory);
        using var fleet = new Fleet();
        foreach (var (count, tokens, greedyAim, sampledAim) in s_cases)
        {
            await box.LoadAsync(file, Name, Context, count, Threads);
            using var bare = new BareLoop(file, Context, count, Threads);
            var streams = new Streams(fleet, box, Name, count, tokens);
            var (greedy, random, alone) = (new List<Speed>(), new List<Speed>(), new List<Speed>());

            // One round to warm everything up, then one after the other, so that what else the machine does meets all alike.
            for (var round = 0; round <= Rounds; round++)
            {
                var loop = bare.Run(await streams.PromptsAsync(), tokens);
                var through = await streams.RunAsync(streams.Box, 0);
                var drawn = sampled ? await streams.RunAsync(streams.Box, 1) : through;
                if (round > 0)
                {
                    alone.Add(loop);
                    greedy.Add(through);
                    random.Add(drawn);
                }
            }

            await box.UnloadAsync(Name);
            foreach (var figure in Rows($"{model.About}, {Threads} thread, {tokens} tokens each", count, greedy, alone, ("greedy", greedyAim)))
            {
                yield return figure;
            }

            if (sampled)
            {
                yield return Ratio(count, random, alone, "temperature 1, all tokens", sampledAim, "the bare loop stays greedy");
            }
        }
    }

    private static IEnumerable<Figure> Rows(string how, int count, List<Speed> through, List<Speed> alone, (string What, double Aim) aim)
    {
        var (ours, bare) = (new Sample(through.Select(s => s.Decode)), new Sample(alone.Select(s => s.Decode)));
        yield return Figure.Plain($"bare loop, batch of {count}", bare.Median, "tokens/s",
            $"{how}; a step takes {Figure.Number(1000 * count / bare.Median)} ms; {bare.Spread("tokens/s")}");
        yield return Figure.Plain($"{Plural(count)} through gRPC", ours.Median, "tokens/s", $"the same; {ours.Spread("tokens/s")}");
        yield return Ratio(count, through, alone, aim.What, aim.Aim, "pairs, one after the other");
    }

    private static Figure Ratio(int count, List<Speed> through, List<Speed> alone, string what, double aim, string note)
    {
        var decode = new Sample(through.Zip(alone, (ours, bare) => ours.Decode / bare.Decode));
        var whole = new Sample(through.Zip(alone, (ours, bare) => ours.Whole / bare.Whole));
        return Figure.AtLeast($"gRPC ÷ bare loop, {Plural(count)}, {what}", aim, decode.Median,
            $"{note}; {decode.Spread("")}; {Figure.Number(whole.Median)} with the prompts");
    }

    private static string Plural(int count) => count == 1 ? "1 stream" : $"{count} streams";
}
