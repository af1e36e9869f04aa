using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>What one request of one client waits beside a hundred of another.</summary>
internal static class FairnessFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Slots = 4;
    private const int Many = 100;
    private const int Again = 4;
    private const int Prompt = 16;
    private const int Answer = 32;
    private const int Asks = 5;
    private const int Rounds = 6;

    /// <summary>Two clients with a certificate each; the one asks again and again, a second and a half apart.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.Llama;
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(model.WriteTo(directory), Name, Context, Slots, Threads);
        var many = new Target { Address = box.TlsAddress, Model = Name, Identity = await box.IssueAsync("many") };
        var one = new Target { Address = box.TlsAddress, Model = Name, Identity = await box.IssueAsync("one") };
        using var fleet = new Fleet();
        var prompts = new Prompts();
        var (quiet, full, crowd) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            // Nobody else; one who keeps every slot busy and never has a second request waiting; one who always has a hundred.
            var alone = await WaitsAsync([]);
            if (round == 0)
            {
                continue;
            }

            quiet.AddRange(alone);
            full.AddRange(await WaitsAsync([.. Enumerable.Range(0, Slots).Select(_ => Of(Many, spaced: 0))]));
            crowd.AddRange(await WaitsAsync([.. Enumerable.Range(0, Many).Select(_ => Of(Again, spaced: 0))]));
        }

        var how = $"{model.About}, {Threads} thread, {Slots} slots, {Prompt} tokens and {Answer} made, two certificates over TLS";
        var (none, busy, queue) = (new Sample(quiet), new Sample(full), new Sample(crowd));
        yield return Figure.Plain("first token of one request, nobody else", 1000 * none.Median, "ms", how);
        yield return Figure.Plain("the same, every slot taken and nobody waiting", 1000 * busy.Median, "ms", busy.Spread("s"));
        yield return Figure.AtMost("beside 100 requests of another client ÷ alone in the line", 1.5, queue.Median / busy.Median, "times",
            $"the same; {Figure.Number(1000 * queue.Median)} ms, {Figure.Number(queue.Median / none.Median)} times the quiet box; {queue.Spread("s")}");

        async Task<List<double>> WaitsAsync(IReadOnlyList<Ask>[] others)
        {
            Plan[] background = others.Length == 0 ? [] : [new Plan(many, others)];
            var answers = await fleet.RunAsync([new Plan(one, [Of(Asks, spaced: 1.5)])], background);
            answers[0].ForEach(Window.CheckEnded);
            return [.. answers[0].Select(Window.ToFirstToken)];
        }

        Ask[] Of(int count, double spaced) =>
            [.. Enumerable.Range(0, count).Select(i => new Ask { At = spaced * (i + 0.5), Prompt = prompts.Next(Prompt), Tokens = Answer })];
    }
}
