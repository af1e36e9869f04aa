namespace EdgeBox.Benchmarks;

/// <summary>What it costs to copy a text out of the cells and back, beside reading it and beside a step: all steps wait for it.</summary>
internal static class KeptFigures
{
    private const int Context = 4096;
    private const int Threads = 1;
    private const int Rounds = 5;
    private const int Prompt = 3000;

    /// <summary>Of a model whose layers all keep everything, and of one that has layers with a window.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        await Task.CompletedTask;
        var llama = BenchModel.Llama with { Build = BenchModel.LlamaWithContext(Context) };
        foreach (var model in (BenchModel[])[llama, BenchModel.GptOss])
        {
            using var bare = new BareLoop(model.WriteTo(directory), Context, slots: 1, Threads);
            var times = Enumerable.Range(0, Rounds).Select(_ => bare.Keep([.. Enumerable.Range(0, Prompt).Select(i => i % 250)])).ToList();
            Sample Of(Func<(long Bytes, double Read, double Copy, double PutBack, double Step), double> part) => new(times.Select(t => 1000 * part(t)));
            var (copy, back) = (Of(t => t.Copy), Of(t => t.PutBack));
            yield return Figure.Plain($"a text of {Prompt} tokens out of the cells, {model.File[..^5]}", copy.Median, "ms",
                $"{model.About}, {Threads} thread; {Figure.Number(times[0].Bytes / 1048576.0)} MiB; {copy.Spread("ms")}; a step beside it takes "
                + $"{Figure.Number(Of(t => t.Step).Median)} ms, reading it {Figure.Number(Of(t => t.Read).Median)} ms");
            yield return Figure.Plain("the same back into cells", back.Median, "ms", back.Spread("ms"));
        }
    }
}
