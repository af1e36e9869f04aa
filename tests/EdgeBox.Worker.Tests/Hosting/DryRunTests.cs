using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Hosting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Hosting;

/// <summary>What a model opened without its weights says, against what one with them takes.</summary>
[Collection(EngineCollection.Name)]
public sealed class DryRunTests(ModelFiles files)
{
    [Theory]
    [InlineData("gpt-oss", 1u, 512u)]
    [InlineData("gpt-oss", 16u, 4096u)]
    [InlineData("llama", 4u, 1024u)]
    [InlineData("f16", 2u, 2048u)]
    public void Plan_ModelOfText_SaysWhatTheEngineTakesWhenItIsLoaded(string model, uint slots, uint context)
    {
        var load = Load(PathOf(model), slots, context);
        var log = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log;
        using var run = new DryRun(log);

        var planned = Assert.Single(run.Plan(load).Memories);

        using var real = LoadedModel.Load(load, _ => true, log);
        var taken = Assert.Single(real.Context!.Memory);
        Assert.Equal(("host", taken.Cache, taken.Compute), (planned.Device, planned.CacheBytes, planned.ComputeBytes));
        // What the engine repacks it has twice, mapped and as it wants it; the mapped pages are not read again, and the kernel may take them.
        Assert.InRange(taken.Weights, 0.99 * planned.WeightBytes, 2.0 * planned.WeightBytes);
        Assert.InRange(real.Model.WeightBytes, 0.99 * planned.WeightBytes, planned.WeightBytes);
    }

    [Fact]
    public void Plan_SecondShape_IsThatOfAFreshRun()
    {
        var log = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log;
        using var run = new DryRun(log);
        var first = run.Plan(Load(files.GptOss, 1, 512));
        using var fresh = new DryRun(log);

        var second = run.Plan(Load(files.GptOss, 8, 2048));

        Assert.Equal(fresh.Plan(Load(files.GptOss, 8, 2048)).Memories, second.Memories);
        Assert.True(second.Memories[0].CacheBytes > 2 * first.Memories[0].CacheBytes);
        Assert.Equal((first.HeldOutputBytes, true), (second.HeldOutputBytes, second.OutputBytes > first.OutputBytes));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("ranker-qwen3")]
    public void Plan_ModelOfVectors_CountsTheContextThatMakesThem(string model)
    {
        var log = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log;
        using var run = new DryRun(log);

        var small = run.Plan(Load(PathOf(model), 1, 128));
        var large = run.Plan(Load(PathOf(model), 1, 512));

        Assert.True(small.Memories[0].WeightBytes > 0 && small.Memories[0].WeightBytes == large.Memories[0].WeightBytes);
        Assert.True(large.Memories[0].ComputeBytes > small.Memories[0].ComputeBytes && small.Memories[0].ComputeBytes > 0);
        Assert.True(large.OutputBytes > small.OutputBytes);
    }

    [Fact]
    public void Session_PlansOneAfterTheOther_AnswersEachAndServesNobody()
    {
        using var client = WorkerClient.StartHere();
        client.Send(new Command { Plan = new Plan { Load = Load(files.GptOss, 1, 512) } });
        client.Send(new Command { Plan = new Plan { Load = Load(files.GptOss, 2, 512) } });

        client.Wait(_ => client.Snapshot().Count(e => e.Planned is not null) == 2);

        Assert.DoesNotContain(client.Snapshot(), e => e.Loaded is not null || e.LoadProgress is not null);
    }

    [Fact]
    public async Task Session_FileIsNone_SaysWhyAndEnds()
    {
        using var client = WorkerClient.StartHere();
        client.Send(new Command { Plan = new Plan { Load = Load("/nowhere.gguf", 1, 512) } });

        Assert.Equal("model", client.Wait(e => e.LoadFailed is not null).LoadFailed.Stage);
        Assert.Equal(ExitCode.Load, await client.Session!);
    }

    private string PathOf(string model) => model switch
    {
        "gpt-oss" => files.GptOss,
        "llama" => files.Llama,
        "bert" => files.Bert,
        "ranker-qwen3" => files.CausalRanker,
        _ => files.File("f16.gguf", p => RandomModels.Llama(new LlamaShape { Weights = GgmlType.F16, Embedding = 256, FeedForward = 512 }).WriteFile(p)),
    };

    private static Load Load(string path, uint slots, uint context) =>
        new() { Paths = { path }, Slots = slots, ContextTokens = context, Threads = 1, GpuLayers = -1, PrefillChunk = 256, KeptBytes = 0 };
}
