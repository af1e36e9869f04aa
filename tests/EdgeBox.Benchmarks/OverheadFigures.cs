using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>Processor time of daemon and worker that is not the engine's.</summary>
internal static class OverheadFigures
{
    private const string Name = "bench";
    private const int Context = 1024;
    private const int Threads = 1;
    private const int Rounds = 7;

    private static readonly (int Streams, int Tokens, double? Aim)[] s_cases = [(1, 512, null), (16, 256, 60)];

    /// <summary>What both processes used for a round, less what this thread uses in the engine for the same steps, for each token.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.ThinGptOss;
        var file = model.WriteTo(directory);
        await using var box = await Box.StartAsync(directory);
        using var fleet = new Fleet();
        foreach (var (count, tokens, aim) in s_cases)
        {
            var worker = (await box.LoadAsync(file, Name, Context, count, Threads)).Worker.Pid;
            using var bare = new BareLoop(file, Context, count, Threads);
            var streams = new Streams(fleet, box, Name, count, tokens);
            var (greedy, random, engine, daemon) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round <= Rounds; round++)
            {
                var alone = Microseconds(bare.EngineTime(await streams.PromptsAsync(), tokens), count * tokens);
                var through = await UsedAsync(box.Pid, worker, streams, 0);
                var drawn = await UsedAsync(box.Pid, worker, streams, 1);
                if (round > 0)
                {
                    engine.Add(alone);
                    daemon.Add(through.Daemon / (count * tokens));
                    greedy.Add(((through.Daemon + through.Worker) / (count * tokens)) - alone);
                    random.Add(((drawn.Daemon + drawn.Worker) / (count * tokens)) - alone);
                }
            }

            await box.UnloadAsync(Name);
            var how = $"{model.About}, {Threads} thread, {tokens} tokens each; "
                + $"daemon and worker less the engine's {Figure.Number(new Sample(engine).Median)} µs; "
                + $"{Figure.Number(new Sample(daemon).Median)} µs of it the daemon's";
            var name = $"CPU a token outside the engine, {count} stream{(count == 1 ? "" : "s")}";
            var (first, second) = (new Sample(greedy), new Sample(random));
            yield return aim is { } most
                ? Figure.AtMost($"{name}, greedy", most, first.Median, "µs", $"{how}; {first.Spread("µs")}")
                : Figure.Plain($"{name}, greedy", first.Median, "µs", $"{how}; {first.Spread("µs")}");
            yield return Figure.Plain($"{name}, temperature 1, all tokens", second.Median, "µs", $"the same; {second.Spread("µs")}");
        }
    }

    /// <summary>Microseconds of processor time of each process in a round.</summary>
    private static async Task<(double Daemon, double Worker)> UsedAsync(int daemon, int worker, Streams streams, float temperature)
    {
        var before = (Daemon: ProcessorTime.Of(daemon), Worker: ProcessorTime.Of(worker));
        await streams.RunAsync(streams.Box, temperature);
        return ((ProcessorTime.Of(daemon) - before.Daemon).TotalMicroseconds, (ProcessorTime.Of(worker) - before.Worker).TotalMicroseconds);
    }

    private static double Microseconds(TimeSpan time, int tokens) => time.TotalMicroseconds / tokens;
}
