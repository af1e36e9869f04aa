using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>The benchmark program as a client: plans come on standard input, answers go to standard output.</summary>
/// <remarks>
/// A plan in JSON is answered with "ready"; "go TIMESTAMP" starts it at that time of the monotonic clock; "stop" cuts it short;
/// each request gives a line of JSON when it has ended, and "done" ends the round. The end of input ends the process.
/// </remarks>
internal static class ClientProgram
{
    public const string Verb = "client";
    public const string Ready = "ready";
    public const string Go = "go ";
    public const string Stop = "stop";
    public const string Done = "done";

    /// <summary>Runs rounds until the input ends.</summary>
    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        var servers = new Dictionary<string, IAsked>();
        Plan? plan = null;
        var round = Task.CompletedTask;
        var stop = new CancellationTokenSource();
        while (await input.ReadLineAsync() is { } line)
        {
            if (line == Stop)
            {
                await stop.CancelAsync();
            }
            else if (line.StartsWith(Go, StringComparison.Ordinal))
            {
                var begin = long.Parse(line.AsSpan(Go.Length), CultureInfo.InvariantCulture);
                round = RoundAsync(servers[Key(plan!.Target)], plan, begin, output, stop.Token);
            }
            else
            {
                await round;
                stop.Dispose();
                stop = new CancellationTokenSource();
                plan = JsonSerializer.Deserialize(line, ClientJson.Default.Plan)!;
                await ServerOf(servers, plan.Target).WarmUpAsync(plan.Lines.Count);
                await output.WriteLineAsync(Ready);
                await output.FlushAsync();
            }
        }

        await round;
        stop.Dispose();
        foreach (var server in servers.Values)
        {
            server.Dispose();
        }

        return 0;
    }

    private static string Key(Target target) => target.Address + target.Model + target.Identity?.Certificate;

    private static IAsked ServerOf(Dictionary<string, IAsked> servers, Target target)
    {
        if (!servers.TryGetValue(Key(target), out var server))
        {
            server = target.Key is not null ? new AskedGateway(target)
                : target.Address.StartsWith("http:", StringComparison.Ordinal) ? new AskedPeer(target)
                : new AskedBox(target);
            servers.Add(Key(target), server);
        }

        return server;
    }

    private static async Task RoundAsync(IAsked server, Plan plan, long begin, TextWriter output, CancellationToken stop)
    {
        var answers = await Task.WhenAll(plan.Lines.Select(
            (asks, line) => Task.Run(() => LineAsync(server, asks, line, begin, stop), CancellationToken.None)));

        // Written after the round, so that writing takes nothing from it.
        foreach (var answer in answers.SelectMany(line => line))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(answer, ClientJson.Default.Answer));
        }

        await output.WriteLineAsync(Done);
        await output.FlushAsync(CancellationToken.None);
    }

    private static async Task<List<Answer>> LineAsync(IAsked server, IReadOnlyList<Ask> asks, int line, long begin, CancellationToken stop)
    {
        var answers = new List<Answer>();
        try
        {
            foreach (var ask in asks)
            {
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), begin) + TimeSpan.FromSeconds(ask.At);
                wait = TimeSpan.FromSeconds(Math.Max(wait.TotalSeconds, ask.Pause));
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, stop);
                }

                stop.ThrowIfCancellationRequested();
                var answer = new Answer { Line = line };
                answers.Add(answer);
                await server.AskAsync(ask, answer, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The round was cut short; what was answered so far is told.
        }

        return answers;
    }
}
