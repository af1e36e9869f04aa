using System.Diagnostics;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Benchmarks;

/// <summary>How soon a cancelled request's slot goes to the next one.</summary>
internal static class CancelFigures
{
    private const string Name = "bench";
    private const int Context = 8192;
    private const int Threads = 1;
    private const int LongPrompt = 4000;
    private const int Chunk = 256;
    private const int Times = 15;

    /// <summary>From the cancelling of the only slot's request to the start of the one that waits, less that of a start on a free slot, over the time of a step.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.Llama with { Build = BenchModel.LlamaWithContext(Context) };
        var file = model.WriteTo(directory);
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(file, Name, Context, 1, Threads);
        var prompts = new Prompts();
        var inference = new InferenceService.InferenceServiceClient(box.Channel);
        var (decode, prefill, free) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i <= Times; i++)
        {
            var answering = await CancelAsync(16, afterTokens: 20);
            var reading = await CancelAsync(LongPrompt, afterTokens: 0);
            var begin = Stopwatch.GetTimestamp();
            var idle = await StartAsync(Short(), begin);
            if (i > 0)
            {
                decode.Add(answering);
                prefill.Add(reading);
                free.Add(idle);
            }
        }

        using var bare = new BareLoop(file, Context, 1, Threads);
        var prompt = await box.TokenizeAsync(Name, prompts.Next(16));
        bare.Run([prompt], 50);
        var step = 1 / bare.Run([prompt], 50).Decode;
        var chunk = new Sample(bare.PromptSteps(await box.TokenizeAsync(Name, prompts.Next(LongPrompt)), Chunk)).Median;
        var how = $"{model.About}, {Threads} thread, 1 slot; time over time: the exact count is a test of the worker";
        var start = new Sample(free).Median;
        yield return Row("cancel to slot free, answering", decode, start, step, how);
        yield return Row("cancel to slot free, reading a prompt", prefill, start, chunk, $"{LongPrompt} tokens, a step of {Chunk}");

        async Task<double> CancelAsync(int promptTokens, int afterTokens)
        {
            using var first = inference.Complete(AskedBox.RequestOf(Name, new Ask { Prompt = prompts.Next(promptTokens), Tokens = 2000 }));
            await ReadAsync(first, afterTokens);
            var second = Short();
            await WaitUntilQueuedAsync(box);
            var begin = Stopwatch.GetTimestamp();
            first.Dispose();
            return await StartAsync(second, begin);
        }

        // Its own prompt is as short as can be: whoever tells of the start after the first step has that step in the figure.
        AsyncServerStreamingCall<CompleteResponse> Short() =>
            inference.Complete(AskedBox.RequestOf(Name, new Ask { Prompt = prompts.Next(1), Tokens = 1 }));
    }

    /// <summary>Seconds from a moment to the start of a request, which is then read to its end, so that the slot is free again.</summary>
    private static async Task<double> StartAsync(AsyncServerStreamingCall<CompleteResponse> call, long since)
    {
        using (call)
        {
            await ReadAsync(call, 0);
            var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                // Its one token.
            }

            return seconds;
        }
    }

    /// <summary>What is left when the time of a start on a free slot is taken off is what the slot took to be free.</summary>
    private static Figure Row(string name, List<double> seconds, double start, double step, string how)
    {
        var sample = new Sample(seconds.Select(s => (s - start) / step));
        return Figure.AtMost(name, 1, sample.Median, "steps",
            $"{how}; a step takes {Figure.Number(1000 * step)} ms, a start on a free slot {Figure.Number(1000 * start)} ms; {sample.Spread("")}");
    }

    /// <summary>Reads a stream until it has started and has brought so many tokens.</summary>
    private static async Task ReadAsync(AsyncServerStreamingCall<CompleteResponse> call, int tokens)
    {
        var (started, seen) = (false, 0);
        while ((!started || seen < tokens) && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            started |= call.ResponseStream.Current.Started is not null;
            seen += (int)(call.ResponseStream.Current.Delta?.Tokens ?? 0);
        }
    }

    private static async Task WaitUntilQueuedAsync(Box box)
    {
        var models = new ModelService.ModelServiceClient(box.Channel);
        while ((await models.GetModelAsync(new GetModelRequest { Name = "models/" + Name })).QueuedRequests == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1));
        }
    }
}
