using System.Diagnostics;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>What it brings that the worker reads many texts in one pass over the weights.</summary>
internal static class EmbedFigures
{
    private const int Texts = 128;
    private const int Context = 512;
    private const int Rounds = 5;

    // The extents of MiniLM-L6, a common small model for vectors.
    private static readonly BertShape s_small = new() { Layers = 6, Embedding = 384, Heads = 12, FeedForward = 1536 };

    /// <summary>Texts per second of one request of many texts, divided by those of as many requests of one, each after the other.</summary>
    public static async IAsyncEnumerable<Figure> RatioAsync(string directory)
    {
        var log = RuntimePack.Open(Programs.Packs, TimeProvider.System).Log;
        foreach (var (name, shape) in (IEnumerable<(string, BertShape)>)[("tiny bert, 2 layers of 64", new BertShape()), ("small bert, 6 layers of 384", s_small)])
        {
            var file = Path.Combine(directory, "bert.gguf");
            BertModels.Bert(shape).WriteFile(file);
            using var model = LlamaModel.Load([file], 0, _ => true, log);
            var tokenizer = new PromptTokenizer(model.Vocabulary);
            List<int[]> inputs = [.. Enumerable.Range(0, Texts).Select(i => tokenizer.Whole($"the {i} and hello"))];
            yield return await Task.Run(() => Measure(name, model, log, inputs));
        }
    }

    private static Figure Measure(string name, LlamaModel model, EngineLog log, List<int[]> inputs)
    {
        using var engine = new EmbeddingEngine(model, Context, 1, log, _ => { });
        var (batched, alone, ratios) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var together = PerSecond(engine, [inputs]);
            var single = PerSecond(engine, inputs.Select(input => new List<int[]> { input }));
            if (round > 0)
            {
                batched.Add(together);
                alone.Add(single);
                ratios.Add(together / single);
            }
        }

        var ratio = new Sample(ratios);
        var note = $"{name}, 1 thread, {Texts} texts of about {inputs[^1].Length} tokens: {Figure.Number(new Sample(batched).Median)} against "
            + $"{Figure.Number(new Sample(alone).Median)} texts/s; {ratio.Spread("")}";
        return Figure.AtLeast("texts embedded together ÷ one at a time", 1, ratio.Median, note);
    }

    private static double PerSecond(EmbeddingEngine engine, IEnumerable<List<int[]>> requests)
    {
        var begin = Stopwatch.GetTimestamp();
        foreach (var request in requests)
        {
            engine.Add(new EmbeddingRequest(1, request));
            while (engine.HasWork)
            {
                engine.Step();
            }
        }

        return Texts / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
