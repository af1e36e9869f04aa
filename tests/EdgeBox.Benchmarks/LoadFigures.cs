using System.Diagnostics;
using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>Times to first token and throughput of short requests: from clients that wait for their answers, and from ones that do not.</summary>
internal static class LoadFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Slots = 16;
    private const int Prompt = 32;
    private const int Tokens = 32;
    private const int Processes = 4;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(20);
    private static readonly int[] s_clients = [4, 16, 32];
    private static readonly double[] s_loads = [0.5, 0.8, 1.1];

    private static string How =>
        $"{BenchModel.Llama.About}, {Threads} thread, {Slots} slots, {Prompt} tokens and {Tokens} made, {Processes} client processes";

    /// <summary>So many clients, each of which asks again as soon as it has its answer.</summary>
    public static async IAsyncEnumerable<Figure> ClosedAsync(string directory)
    {
        await using var box = await StartAsync(directory);
        using var fleet = new Fleet();
        var prompts = new Prompts();
        await ClosedAsync(fleet, box, prompts, Slots, s_warmUp);
        foreach (var clients in s_clients)
        {
            var answers = await ClosedAsync(fleet, box, prompts, clients, s_period);
            foreach (var figure in Rows($"closed loop of {clients}", answers, How))
            {
                yield return figure;
            }
        }
    }

    /// <summary>Requests that come when they come (Poisson), at shares of what a closed loop on every slot gets through.</summary>
    public static async IAsyncEnumerable<Figure> OpenAsync(string directory)
    {
        await using var box = await StartAsync(directory);
        using var fleet = new Fleet();
        var prompts = new Prompts();
        await ClosedAsync(fleet, box, prompts, Slots, s_warmUp);
        var capacity = PerSecond(await ClosedAsync(fleet, box, prompts, Slots, s_period)) / Tokens;
        yield return Figure.Plain("capacity", capacity, "requests/s", $"{How}; closed loop of {Slots}");
        foreach (var load in s_loads)
        {
            var answers = await OpenAsync(fleet, box, prompts, load * capacity);
            foreach (var figure in Rows($"open loop, {Figure.Number(load)} of capacity", answers, $"{answers.Count} requests in {s_period.TotalSeconds} s"))
            {
                yield return figure;
            }
        }
    }

    private static async Task<Box> StartAsync(string directory)
    {
        var box = await Box.StartAsync(directory);
        await box.LoadAsync(BenchModel.Llama.WriteTo(directory), Name, Context, Slots, Threads);
        return box;
    }

    private static async Task<List<Answer>> ClosedAsync(Fleet fleet, Box box, Prompts prompts, int clients, TimeSpan period)
    {
        var each = (int)period.TotalSeconds * 50;
        Ask[] Line() => [.. Enumerable.Range(0, each).Select(_ => New(prompts, 0))];
        var plans = Enumerable.Range(0, Processes).Select(_ => PlanOf(box, [.. Enumerable.Range(0, clients / Processes).Select(_ => Line())]));
        return [.. (await fleet.RunForAsync(period, [.. plans])).SelectMany(a => a)];
    }

    private static async Task<List<Answer>> OpenAsync(Fleet fleet, Box box, Prompts prompts, double rate)
    {
        var lines = Enumerable.Range(0, Processes).Select(_ => new List<IReadOnlyList<Ask>>()).ToArray();
        var random = new Random(1);
        for (var (at, i) = (0.0, 0); ; i++)
        {
            at -= Math.Log(1 - random.NextDouble()) / rate;
            if (at > s_period.TotalSeconds)
            {
                break;
            }

            lines[i % Processes].Add([New(prompts, at)]);
        }

        return [.. (await fleet.RunAsync([.. lines.Select(line => PlanOf(box, line))])).SelectMany(a => a)];
    }

    private static Plan PlanOf(Box box, IReadOnlyList<IReadOnlyList<Ask>> lines) => new(new Target { Address = box.Socket, Model = Name }, lines);

    private static Ask New(Prompts prompts, double at) => new() { At = at, Prompt = prompts.Next(Prompt), Tokens = Tokens };

    private static IEnumerable<Figure> Rows(string name, List<Answer> answers, string how)
    {
        var first = new Sample(answers.Where(a => a.At.Count > 0).Select(a => 1000 * Window.ToFirstToken(a)));
        var refused = answers.Count(a => a.Problem is not null);
        yield return Figure.Plain($"{name}, throughput", PerSecond(answers), "tokens/s", how);
        yield return new Figure($"{name}, time to first token", "",
            $"{Figure.Number(first.Percentile(50))}, {Figure.Number(first.Percentile(90))}, {Figure.Number(first.Percentile(99))} ms", null,
            $"50th, 90th and 99th percentile of {first.Count}{(refused == 0 ? "" : $"; {refused} were refused")}");
    }

    /// <summary>Tokens per second from the first request to the last token.</summary>
    private static double PerSecond(List<Answer> answers)
    {
        var from = answers.Min(a => a.Asked);
        var to = answers.Max(a => a.At.Count > 0 ? a.At[^1] : a.Asked);
        return answers.Sum(a => a.Pieces.Sum()) / Stopwatch.GetElapsedTime(from, to).TotalSeconds;
    }
}
