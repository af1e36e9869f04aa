using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EdgeBox.Testing.Models;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Benchmarks;

/// <summary>What clients notice when an alias that they ask is moved: nothing, it should be, but a pause if both models do not fit.</summary>
internal static class SwapFigures
{
    private const int Clients = 8;
    private const int Moves = 6;

    private static int s_boxes;

    /// <summary>Answers that failed or were not whole, and the longest time in which a client heard nothing.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        foreach (var version in (string[])["one", "two"])
        {
            var folder = Directory.CreateDirectory(Path.Combine(directory, version)).FullName;
            ReadyModels.Version(version).WriteFile(Path.Combine(folder, "m.gguf"));
            await File.WriteAllTextAsync(Path.Combine(folder, "edgebox-model.json"), """{"schema": 1, "load": {"slots": 8, "contextTokens": 512, "threads": 1}}""");
        }

        var limit = await LimitAsync(directory);
        foreach (var (how, arguments) in ((string, string[])[])[("both fit", []), ("one fits", ["--memory-limit", limit])])
        {
            var (errors, answers, pauses) = await MoveAsync(directory, arguments);
            yield return Figure.AtMost($"alias move with clients attached: errors ({how})", 0, errors, "",
                $"{Clients} clients that ask again and again, {Moves} moves, {answers} answers, each compared with what its model says");
            yield return Figure.Plain($"longest pause of a client ({how})", pauses.Max(), "s", $"between two messages; median of the clients' longest {Figure.Number(new Sample(pauses).Median)} s");
        }
    }

    /// <summary>MiB with which one of the two fits in memory.</summary>
    private static async Task<string> LimitAsync(string directory)
    {
        await using var box = await StartAsync(directory, "--memory-limit", "1");
        var refused = await EndAsync(box, await Models(box).LoadModelAsync(new LoadModelRequest { Name = "models/m@one" }));
        var needed = refused.Error.GetDetail<Google.Rpc.ErrorInfo>().Metadata["needed_bytes"];
        return (long.Parse(needed, CultureInfo.InvariantCulture) * 3 / 2 >> 20).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<(int Errors, int Answers, List<double> Pauses)> MoveAsync(string directory, string[] arguments)
    {
        await using var box = await StartAsync(directory, arguments);
        await SetAsync(box, "one");
        using var enough = new CancellationTokenSource();
        var answers = new ConcurrentQueue<bool>();
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskAsync(box, answers, enough.Token))).ToList();
        for (var move = 1; move <= Moves; move++)
        {
            await SetAsync(box, move % 2 == 0 ? "one" : "two");
            var heard = answers.Count;
            while (answers.Count < heard + (4 * Clients))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5));
            }
        }

        await enough.CancelAsync();
        var pauses = await Task.WhenAll(clients);
        return (answers.Count(whole => !whole), answers.Count, [.. pauses]);
    }

    /// <summary>One client.</summary>
    /// <returns>The longest time in which it heard nothing, in seconds.</returns>
    private static async Task<double> AskAsync(Box box, ConcurrentQueue<bool> answers, CancellationToken enough)
    {
        var inference = new InferenceService.InferenceServiceClient(box.Channel);
        var request = new ChatRequest { Model = "chat", Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "Who are you?" } } } } };
        var (longest, last) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!enough.IsCancellationRequested)
        {
            var (model, text) = ("", "");
            try
            {
                using var call = inference.Chat(request, cancellationToken: CancellationToken.None);
                await foreach (var said in call.ResponseStream.ReadAllAsync(CancellationToken.None))
                {
                    longest = new[] { longest, Stopwatch.GetElapsedTime(last) }.Max();
                    last = Stopwatch.GetTimestamp();
                    model = said.Started?.Model ?? model;
                    text += said.Delta?.Text ?? "";
                }
            }
            catch (RpcException)
            {
                // Counted: it is not whole.
            }

            answers.Enqueue(model.StartsWith("models/m@", StringComparison.Ordinal) && text == ReadyModels.VersionAnswer(model["models/m@".Length..]));
        }

        return longest.TotalSeconds;
    }

    private static async Task SetAsync(Box box, string version)
    {
        var ended = await EndAsync(box, await Models(box).SetAliasAsync(new SetAliasRequest { Name = "chat", Model = $"m@{version}" }));
        if (ended.State != OperationState.Succeeded)
        {
            throw new InvalidOperationException($"The alias could not be moved: {ended.Error?.Message}");
        }
    }

    private static ModelService.ModelServiceClient Models(Box box) => new(box.Channel);

    private static async Task<Operation> EndAsync(Box box, Operation begun) =>
        await new OperationService.OperationServiceClient(box.Channel).WaitOperationAsync(new WaitOperationRequest { Name = begun.Name });

    /// <summary>A box with both versions in its store.</summary>
    private static async Task<Box> StartAsync(string directory, params string[] arguments)
    {
        var own = Directory.CreateDirectory(Path.Combine(directory, $"box{Interlocked.Increment(ref s_boxes)}")).FullName;
        var box = await Box.StartAsync(own, ["--scrub-rate", "0", "--store-reserve", "0", .. arguments]);
        foreach (var version in (string[])["one", "two"])
        {
            var begun = await Models(box).ImportModelAsync(new ImportModelRequest { Path = Path.Combine(directory, version), Name = "m", Version = version });
            if ((await EndAsync(box, begun)).State != OperationState.Succeeded)
            {
                throw new InvalidOperationException("A version could not be imported.");
            }
        }

        return box;
    }
}
