using System.Diagnostics;
using System.Globalization;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Platform.Nvml;
using EdgeBox.Testing.Gguf;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>The box on a GPU with a model of gpt-oss-20b's shape: speed, memory, energy. What fails is told and the rest is measured.</summary>
/// <remarks>
/// EDGEBOX_BENCH_GPU_SECONDS bounds the whole (180); EDGEBOX_BENCH_GPU_BANDWIDTH is the memory's bandwidth in GB/s, as measured just before;
/// EDGEBOX_BENCH_GPU_MODEL is where the model is, or is written if it is not, to be used again.
/// </remarks>
internal static class GpuFigures
{
    // Slots, and how many streams are run on them.
    private static readonly (int Slots, int[] Streams)[] s_cases = [(1, [1]), (16, [4, 16]), (64, [64])];

    /// <summary>Figures as they are measured.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        using var gpus = NvidiaGpus.TryOpen();
        if (gpus is null && !GpuShape.IsRehearsal)
        {
            yield return Figure.Missing("a model of gpt-oss-20b's shape", "no GPU whose driver answers is here");
            yield break;
        }

        var steps = new Steps(TimeSpan.FromSeconds(NumberOf("EDGEBOX_BENCH_GPU_SECONDS") ?? 180));
        var file = Environment.GetEnvironmentVariable("EDGEBOX_BENCH_GPU_MODEL") is { Length: > 0 } given ? given : Path.Combine(directory, "gpt-oss-20b.gguf");
        foreach (var figure in await steps.RunAsync("the model file", () => Task.FromResult(Write(file))))
        {
            yield return figure;
        }

        var speeds = new Dictionary<int, double>();
        Box? box = null;
        foreach (var figure in await steps.RunAsync("the daemon", async () => Started(box = await Box.StartAsync(directory))))
        {
            yield return figure;
        }

        if (box is not null)
        {
            using var fleet = new Fleet();
            foreach (var (slots, streams) in s_cases)
            {
                await foreach (var figure in OfSlotsAsync(steps, new GpuRun(box, fleet, file, slots, gpus, speeds), slots, streams))
                {
                    yield return figure;
                }
            }

            await box.DisposeAsync();
        }

        foreach (var (slots, streams) in s_cases)
        {
            foreach (var figure in await steps.RunAsync($"bare loop, {(slots == 1 ? "1 slot" : $"{slots} slots")}", () => Task.FromResult(GpuBare.Measure(file, slots, streams, speeds))))
            {
                yield return figure;
            }
        }
    }

    /// <summary>A number that the environment gives; null where it gives none.</summary>
    public static double? NumberOf(string variable) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static async IAsyncEnumerable<Figure> OfSlotsAsync(Steps steps, GpuRun run, int slots, int[] streams)
    {
        var what = slots == 1 ? "1 slot" : $"{slots} slots";
        var parts = new List<(string Name, Func<Task<IReadOnlyList<Figure>>> Step)>
        {
            ($"plan, {what}", run.PlanAsync),
            ($"load, {what}", run.LoadAsync),
            ($"GPU memory after the load, {what}", () => run.MemoryAsync("after the load")),
            ($"first answer, {what}", run.FirstAnswerAsync),
        };
        parts.AddRange(streams.Select(count => (count == 1 ? "1 stream" : $"{count} streams", (Func<Task<IReadOnlyList<Figure>>>)(() => run.StreamsAsync(count)))));
        parts.Add(($"GPU memory at work, {what}", () => run.MemoryAsync("after answers")));
        if (slots == 1)
        {
            parts.Add(("a long prompt", run.PromptAsync));
            parts.Add(("model test", run.AcceptanceAsync));
        }

        parts.Add(($"unload, {what}", run.UnloadAsync));
        foreach (var (name, step) in parts)
        {
            foreach (var figure in await steps.RunAsync(name, step))
            {
                yield return figure;
            }
        }
    }

    private static Figure Started(Box box) => Figure.Plain("start to first answer", box.ToFirstAnswer.TotalSeconds, "s", "the daemon, without a model");

    private static IReadOnlyList<Figure> Write(string file)
    {
        var begin = Stopwatch.GetTimestamp();
        if (!File.Exists(file))
        {
            RandomModels.GptOss(GpuShape.Current).WriteFile(file);
        }

        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return [Figure.Plain("the model file", new FileInfo(file).Length / 1e9, "GB", $"{GpuShape.About}; written in {Figure.Number(seconds)} s")];
    }
}
