using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>How evenly the tokens of a stream come when fifteen others are at work.</summary>
internal static class GapFigures
{
    private const string Name = "bench";
    private const int Context = 1024;
    private const int Threads = 1;
    private const int Others = 15;
    private const int Tokens = 150;
    private const int OthersPrompt = 64;
    private const int OthersAnswer = 64;
    private const int Rounds = 2;

    /// <summary>The 99th percentile of the gaps of one stream: beside streams that only go on, and beside requests that come and go.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.Llama;
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(model.WriteTo(directory), Name, Context, Others + 1, Threads);
        using var fleet = new Fleet();
        var prompts = new Prompts();
        var target = new Target { Address = box.Socket, Model = Name };
        Ask Streaming(int prompt, int tokens) => new() { Prompt = prompts.Next(prompt), Tokens = tokens };
        var (steps, steady, busy) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            // The others' streams are longer than the watched one, so that they are there to its end.
            var even = await WatchAsync(1, 16, 2 * Tokens);
            var lively = await WatchAsync(40, OthersPrompt, OthersAnswer);
            if (round > 0)
            {
                var step = new Sample(even).Median;
                steps.Add(step);
                steady.Add(new Sample(even).Percentile(99) / step);
                busy.Add(new Sample(lively).Percentile(99) / step);
            }
        }

        var how = $"{model.About}, {Threads} thread, {Tokens} tokens, {Others} others; "
            + $"a step of 16 takes {Figure.Number(1000 * new Sample(steps).Median)} ms";
        yield return Figure.AtMost("gap of a stream, 99th percentile ÷ step", 3, new Sample(steady).Median, "steps",
            $"{how}; the others only go on; {new Sample(steady).Spread("")}");
        yield return Figure.AtMost("the same beside prompts that come", 3, new Sample(busy).Median, "steps",
            $"the others ask again and again, {OthersPrompt} tokens and {OthersAnswer} made; {new Sample(busy).Spread("")}");

        // Gaps once all others are at work.
        async Task<List<double>> WatchAsync(int asks, int prompt, int tokens)
        {
            var others = Enumerable.Range(0, Others).Select(_ => Enumerable.Range(0, asks).Select(_ => Streaming(prompt, tokens)).ToArray());
            var watched = new Plan(target, [[Streaming(16, Tokens) with { At = 0.2 }]]);
            var answers = await fleet.RunAsync([watched], background: [new Plan(target, [.. others])]);
            var answer = answers[0].Single();
            Window.Check(answer, Tokens);
            return [.. Window.Gaps(answer).Skip(20)];
        }
    }
}
