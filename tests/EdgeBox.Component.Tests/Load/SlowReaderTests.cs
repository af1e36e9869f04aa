using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Load;

/// <summary>A client that asks for a long answer and does not read it.</summary>
[Trait("Tier", "component")]
public sealed class SlowReaderTests(SharedModels models)
{
    [Fact]
    public async Task Complete_ClientReadsNothing_IsGivenUpWithBoundedMemoryAndCostsOthersNothing()
    {
        const uint Context = 60_000;
        const long MostGrowth = 48L << 20;
        var path = models.Write("long.gguf", RandomModels.Llama(new LlamaShape
        {
            Layers = 1, Embedding = 32, Heads = 2, KvHeads = 1, FeedForward = 32, Context = (int)Context,
        }));
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(path, "long", slots: 2, context: Context);
        await box.Inference.AnswerAsync("long", "Warm up", maxTokens: 200);
        var before = ProcFile.ResidentBytes(box.Pid);
        using var call = box.Inference.Complete(Answers.To("long", "Never read", Context - 100));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        await box.WhenActiveAsync("long", 1);

        var others = new List<TimeSpan>();
        var most = before;
        await Eventually.TrueAsync("the slot is free again", async () =>
        {
            var began = Stopwatch.GetTimestamp();
            Assert.Equal(2u, (await box.Inference.AnswerAsync("long", $"Meanwhile {others.Count}", maxTokens: 2)).Usage.CompletionTokens);
            others.Add(Stopwatch.GetElapsedTime(began));
            most = Math.Max(most, ProcFile.ResidentBytes(box.Pid));
            return (await box.GetModelAsync("long")).ActiveRequests == 0;
        }, TimeSpan.FromSeconds(100));

        var refused = await Refusal.OfAsync(async () => await call.ReadAsync());
        Assert.Equal(ErrorReason.ClientTooSlow, refused.Reason);
        Assert.InRange(most - before, long.MinValue, MostGrowth);
        others.Sort();
        Assert.InRange(others[others.Count / 2], TimeSpan.Zero, TimeSpan.FromSeconds(1));
        TestContext.Current.SendDiagnosticMessage(
            $"The daemon grew by {(most - before) >> 20} MiB; {others.Count} others were answered meanwhile, the median in {others[others.Count / 2].TotalMilliseconds:F0} ms.");
    }
}
