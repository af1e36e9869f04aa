using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Memory;

/// <summary>What the box said that a model would take, against what its worker then holds.</summary>
/// <remarks>
/// Held is what is resident of the worker (Rss of smaps_rollup) while as many requests as it has slots are being answered, each with its
/// prompt read and some text made: its anonymous memory, the pages of the weights that it has mapped, and the program. Planned is the sum of weights, cache,
/// work space and overhead. Texts that are kept in case they come again are no part of the plan. With a sliding window a prompt is kept as soon as it is
/// read, if it is not too short: where there are many their prompts are, and where there is one, its copy is held too.
/// </remarks>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class PlannedMemoryTests
{
    private const double Bound = 0.03;
    private const int Most = 16;
    private const string Repacked = "gpt-oss MXFP4";
    private const long ExpertBytes = 24L * 32 * 3 * 512 * 512 / 32 * 17;
    private const int Texts = 64;

    public static TheoryData<string> Shapes => [.. s_shapes.Keys];

    private static readonly Dictionary<string, Func<GgufWriter>> s_shapes = new()
    {
        ["llama F16"] = () => RandomModels.Llama(Llama(GgmlType.F16, layers: 18)),
        ["llama Q8_0"] = () => RandomModels.Llama(Llama(GgmlType.Q80, layers: 40)),
        ["gpt-oss F16"] = () => RandomModels.GptOss(GptOss(GgmlType.F16, GgmlType.F16, layers: 16, experts: 16, vocabulary: 64_000)),
        ["gpt-oss Q8_0"] = () => RandomModels.GptOss(GptOss(GgmlType.Q80, GgmlType.Q80, layers: 18, experts: 32, vocabulary: 64_000)),
        [Repacked] = () => RandomModels.GptOss(GptOss(GgmlType.Q80, GgmlType.MXFP4, layers: 24, experts: 32, vocabulary: 201_088)),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Estimate_FileOfHalfAGigabyte_IsWhatTheWorkerHolds(string shape)
    {
        var path = Path.Combine(TestDirectory.Make(), "m.gguf");
        s_shapes[shape]().WriteFile(path);
        try
        {
            Assert.True(new FileInfo(path).Length > 500_000_000, $"{new FileInfo(path).Length} bytes");
            await using var box = await RunningBox.StartAsync();
            foreach (var slots in (uint[])[1, Most])
            {
                await CompareAsync(box, path, shape, slots);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task CompareAsync(RunningBox box, string path, string shape, uint slots)
    {
        var options = new LoadOptions { ContextTokens = 1024, Slots = slots, Threads = 1 };
        var began = Stopwatch.GetTimestamp();
        var estimate = await box.Models.EstimateModelAsync(new EstimateModelRequest { Path = path, Options = options });
        var took = Stopwatch.GetElapsedTime(began);
        Assert.True(estimate.Fits && estimate.FitsAlone, estimate.Problem?.Message);
        var host = Assert.Single(estimate.Devices);
        var planned = (long)(host.WeightBytes + host.CacheBytes + host.ComputeBytes + host.OverheadBytes);

        var loaded = await box.TryLoadAsync(new LoadModelRequest { Path = path, Name = "m", Options = options });
        Assert.Equal(OperationState.Succeeded, loaded.State);
        var pid = (await box.GetModelAsync("m")).Worker.Pid;
        var before = ProcFile.Rollup(pid);
        using var stop = new CancellationTokenSource();
        var calls = Enumerable.Range(0, (int)slots).Select(i =>
            box.Inference.Complete(Answers.To("m", Answers.LongPrompt($"{i} ", slots == 1 ? 300 : 8)), cancellationToken: stop.Token)).ToList();
        await Task.WhenAll(calls.Select(call => ReadAsync(call, Texts)));
        var held = ProcFile.Rollup(pid);
        await stop.CancelAsync();
        calls.ForEach(call => call.Dispose());
        await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = (await box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/m" })).Name });

        // Of what the engine repacks, the file's pages are not read again: they are resident only until the kernel wants them.
        var besides = (long)(host.CacheBytes + host.ComputeBytes + host.OverheadBytes);
        var unread = shape == Repacked && held.Anonymous > besides + (ExpertBytes / 2) ? ExpertBytes : 0;
        var error = (planned - held.Rss + unread) / (double)(held.Rss - unread);
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture,
            $"{shape} x{slots}: planned {Mebi(planned)} (weights {Mebi((long)host.WeightBytes)}, cache {Mebi((long)host.CacheBytes)}, compute {Mebi((long)host.ComputeBytes)}, "
            + $"overhead {Mebi((long)host.OverheadBytes)}), held {Mebi(held.Rss)} (anonymous {Mebi(held.Anonymous)}; idle {Mebi(before.Rss)}, {Mebi(before.Anonymous)}), "
            + $"{100 * error:+0.00;-0.00} %, estimated in {took.TotalMilliseconds:0} ms; fits {estimate.LargestContextTokens} tokens, {estimate.MostSlots} slots"));

        Assert.InRange(error, -Bound, Bound);
    }

    /// <summary>Reads so many texts of an answer: long enough that guesses are tried, which have logits of their own.</summary>
    private static async Task ReadAsync(AsyncServerStreamingCall<CompleteResponse> call, int texts)
    {
        while (texts > 0 && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            texts -= call.ResponseStream.Current.Delta is null ? 0 : 1;
        }
    }

    private static string Mebi(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0}");

    private static LlamaShape Llama(GgmlType weights, int layers) => new()
    {
        Layers = layers, Embedding = 1024, Heads = 16, KvHeads = 4, FeedForward = 2816, Vocabulary = 32_000, Context = 4096, Weights = weights, Repeats = true,
    };

    private static GptOssShape GptOss(GgmlType weights, GgmlType experts3d, int layers, int experts, int vocabulary) => new()
    {
        Layers = layers, Embedding = 512, Heads = 16, KvHeads = 4, HeadSize = 64, Experts = experts, ExpertsUsed = 4, FeedForward = 512,
        Vocabulary = vocabulary, Weights = weights, Experts3d = experts3d, Repeats = true,
    };
}
