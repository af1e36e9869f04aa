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
    private const int Asks = 10;
    private const int Rounds = 3;

    // Clients that ask again at once fall into step with each other or do not, by chance. Those who read what they got do not.
    private const double LongestPause = 0.15;
    private const int Seed = 20_260_101;

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
        var how = $"{model.About}, {Threads} thread, {Clients} clients, {ShortPrompt} tokens and {ShortAnswer} made";
        var atOnce = await RoundsAsync(0);
        yield return Figure.Plain("time to first token, eight short clients", 1000 * atOnce[0].Median, "ms", $"{how}, each asks again at once; median");
        foreach (var length in s_lengths)
        {
            yield return Figure.AtMost(Beside(length), 2, atOnce[length].Median, "times", $"the same; {atOnce[length].Spread("")}");
        }

        var pausing = await RoundsAsync(LongestPause);
        yield return Figure.Plain("time to first token, eight that read what they got", 1000 * pausing[0].Median, "ms", $"{how}, pauses of up to {LongestPause} s; median");
        foreach (var length in s_lengths)
        {
            yield return Figure.Plain(Beside(length), pausing[length].Median, "times", $"the same; {pausing[length].Spread("")}");
        }

        static string Beside(int length) => $"the same beside prompts of {length} tokens ÷ without";

        // By length of the long prompts: the wait without any, and beside each the wait over that.
        async Task<Dictionary<int, Sample>> RoundsAsync(double pause)
        {
            var found = s_lengths.Prepend(0).ToDictionary(length => length, _ => new List<double>());
            for (var round = 0; round <= Rounds; round++)
            {
                var alone = await WaitAsync(0, pause);
                var beside = new List<double>();
                foreach (var length in s_lengths)
                {
                    beside.Add(await WaitAsync(length, pause));
                }

                // The first round warms up.
                if (round > 0)
                {
                    found[0].Add(alone);
                    s_lengths.Zip(beside).ToList().ForEach(pair => found[pair.First].Add(pair.Second / alone));
                }
            }

            return found.ToDictionary(pair => pair.Key, pair => new Sample(pair.Value));
        }

        async Task<double> WaitAsync(int length, double pause)
        {
            // The long prompt is being read before the short requests come, and the next one follows. The pauses are the same in every round.
            var random = new Random(Seed);
            Plan Half() => new(target, [.. Enumerable.Range(0, Clients / 2).Select(_ => ShortAsks(random, pause))]);
            Plan[] plans = [Half(), Half()];
            var reading = Enumerable.Range(0, length == 0 ? 0 : 100_000 / length).Select(_ => new Ask { Prompt = prompts.Next(length), Tokens = 1 });
            Plan[] background = length == 0 ? [] : [new Plan(target, [[.. reading]])];
            var answers = await fleet.RunAsync(plans, background);
            var brief = answers.Take(plans.Length).SelectMany(a => a).ToList();
            brief.ForEach(Window.CheckEnded);
            return new Sample(brief.Select(Window.ToFirstToken)).Median;
        }

        Ask[] ShortAsks(Random random, double pause) =>
        [
            .. Enumerable.Range(0, Asks).Select(_ => new Ask
            {
                At = 0.3, Pause = pause * random.NextDouble(), Prompt = prompts.Next(ShortPrompt), Tokens = ShortAnswer,
            }),
        ];
    }
}
