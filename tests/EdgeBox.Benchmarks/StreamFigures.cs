using System.Diagnostics;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Benchmarks;

/// <summary>What the way through the daemon, the worker and gRPC costs against the engine alone.</summary>
internal static class StreamFigures
{
    private const string Prompt = "The box answers.";
    private const int Context = 512;
    private const int Tokens = 256;
    private const int Rounds = 5;

    /// <summary>Tokens per second of one stream through gRPC, of a bare loop with the same file and threads, and their ratio.</summary>
    public static async IAsyncEnumerable<Figure> RatioAsync(string directory)
    {
        var threads = Math.Max(1, Environment.ProcessorCount - 1);
        var file = Path.Combine(directory, "random-llama-100m.gguf");
        RandomModels.Llama(LlamaShape.Of100M).WriteFile(file);

        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(file, "bench", Context, (uint)threads);
        var inference = new InferenceService.InferenceServiceClient(box.Channel);
        var prompt = await inference.TokenizeAsync(new TokenizeRequest { Model = "bench", Text = Prompt, AddSpecial = true });
        using var bare = new BareLoop(file, Context, threads);

        // One round to warm both up, then one after the other, so that what else the machine does meets both alike.
        var (through, alone, ratios) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var stream = await StreamAsync(inference);
            var loop = bare.Run([.. prompt.Tokens.Select(token => (int)token.Id)], Tokens);
            if (round > 0)
            {
                through.Add(stream);
                alone.Add(loop);
                ratios.Add(stream / loop);
            }
        }

        var how = $"random llama, 100 M parameters, Q8_0, {threads} thread{(threads == 1 ? "" : "s")}, {Tokens} tokens";
        var (throughSample, aloneSample, ratioSample) = (new Sample(through), new Sample(alone), new Sample(ratios));
        yield return Figure.Plain("one stream through gRPC", throughSample.Median, "tokens/s", $"{how}; {throughSample.Spread("tokens/s")}");
        yield return Figure.Plain("bare llama_decode + argmax", aloneSample.Median, "tokens/s", $"the same; {aloneSample.Spread("tokens/s")}");
        yield return Figure.AtLeast("gRPC ÷ bare loop", 0.95, ratioSample.Median, $"pairs, one after the other; {ratioSample.Spread("")}");
    }

    /// <summary>Tokens per second from the call to its end, prompt and all.</summary>
    private static async Task<double> StreamAsync(InferenceService.InferenceServiceClient inference)
    {
        var request = new CompleteRequest
        {
            Model = "bench",
            Prompt = Prompt,
            Sampling = new SamplingOptions { Temperature = 0 },
            Stop = new StopOptions { MaxTokens = Tokens },
        };
        var begin = Stopwatch.GetTimestamp();
        using var call = inference.Complete(request);
        GenerationFinished? finished = null;
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            finished = answer.Finished ?? finished;
        }

        return finished?.Usage.CompletionTokens == Tokens
            ? Tokens / Stopwatch.GetElapsedTime(begin).TotalSeconds
            : throw new InvalidOperationException($"The stream ended after {finished?.Usage.CompletionTokens ?? 0} tokens, not {Tokens}.");
    }
}
