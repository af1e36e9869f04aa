using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>How long short requests wait for their first token while a long prompt is read.</summary>
internal static class LongPromptFigures
{
    private const string Name = "bench";
    private const int Context = 32_768;
    private const int Threads = 1;
    private const int Clients = 8;
    private const int ShortPrompt = 32;
    private const int ShortAnswer = 8;
    private const int Asks = 6;
    private const int Rounds = 3;

    private static readonly int[] s_lengths = [4_000, 30_000];

    /// <summary>Median time to first token of eight clients beside long prompts, one after the other, divided by theirs without.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.LongLlama;
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(model.WriteTo(directory), Name, Context, Clients + 2, Threads);
        using var fleet = new Fleet();
        var prompts = new Prompts();
        var target = new Target { Address = box.Socket, Model = Name };
        var without = new List<double>();
        var beside = s_lengths.ToDictionary(length => length, _ => new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var alone = await WaitAsync(0);
            foreach (var length in s_lengths)
            {
                var wait = await WaitAsync(length);
                if (round > 0)
                {
                    beside[length].Add(wait / alone);
                }
            }

            if (round > 0)
            {
                without.Add(alone);
            }
        }

        var how = $"{model.About}, {Threads} thread, {Clients} clients, {ShortPrompt} tokens and {ShortAnswer} made";
        yield return Figure.Plain("time to first token, eight short clients", 1000 * new Sample(without).Median, "ms", $"{how}; median");
        foreach (var length in s_lengths)
        {
            var sample = new Sample(beside[length]);
            yield return Figure.AtMost($"the same beside prompts of {length} tokens ÷ without", 2, sample.Median, "times", $"the same; {sample.Spread("")}");
        }

        async Task<double> WaitAsync(int length)
        {
            // The long prompt is being read before the short requests come, and the next one follows.
            Plan Half() => new(target, [.. Enumerable.Range(0, Clients / 2).Select(_ => ShortAsks())]);
            Plan[] plans = [Half(), Half()];
            var reading = Enumerable.Range(0, length == 0 ? 0 : 60_000 / length).Select(_ => new Ask { Prompt = prompts.Next(length), Tokens = 1 });
            Plan[] background = length == 0 ? [] : [new Plan(target, [[.. reading]])];
            var answers = await fleet.RunAsync(plans, background);
            var brief = answers.Take(plans.Length).SelectMany(a => a).ToList();
            brief.ForEach(Window.CheckEnded);
            return new Sample(brief.Select(Window.ToFirstToken)).Median;
        }

        Ask[] ShortAsks() =>
            [.. Enumerable.Range(0, Asks).Select(_ => new Ask { At = 0.3, Prompt = prompts.Next(ShortPrompt), Tokens = ShortAnswer })];
    }
}
