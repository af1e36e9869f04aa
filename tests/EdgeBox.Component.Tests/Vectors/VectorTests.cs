using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Vectors;

/// <summary>Vectors and scores through gRPC, with the real worker.</summary>
[Trait("Tier", "component")]
public sealed class VectorTests(SharedModels models)
{
    private static readonly string[] s_texts = ["hello world", "the end", "a", "and another [SEP] one", "?!", "hello world"];

    [Fact]
    public async Task Embed_ManyCallsAtOnce_EachGetsItsOwnVectors()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Write("bert.gguf", BertModels.Bert()), "bert");
        var together = await box.Inference.EmbedAsync(new EmbedRequest { Inputs = { s_texts } }, deadline: BoxExtensions.Deadline);
        Assert.Equal(s_texts.Length, together.Embeddings.Count);

        var calls = s_texts.Select(text => box.Inference.EmbedAsync(new EmbedRequest { Inputs = { text } }, deadline: BoxExtensions.Deadline).ResponseAsync);
        foreach (var (alone, expected) in (await Task.WhenAll(calls)).Zip(together.Embeddings))
        {
            Assert.All(alone.Embeddings.Single().Values.Zip(expected.Values), pair => Assert.Equal((double)pair.First, pair.Second, 1e-4));
        }

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await box.Inference.RerankAsync(new RerankRequest { Query = "q", Documents = { "d" } }, deadline: BoxExtensions.Deadline));
        Assert.Equal((StatusCode.FailedPrecondition, "models/bert does not score documents."), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task Rerank_Documents_AreInTheOrderOfTheirScores()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Write("ranker.gguf", BertModels.Ranker()), "ranker");
        var all = await RerankAsync(box, 0);
        Assert.Equal("models/ranker", all.Model);
        Assert.Equal(Enumerable.Range(0, s_texts.Length), all.Documents.Select(d => (int)d.Index).Order());
        Assert.All(all.Documents.Zip(all.Documents.Skip(1)), pair => Assert.True(pair.First.Score >= pair.Second.Score));
        Assert.True(all.Usage.PromptTokens > 30);

        var best = await RerankAsync(box, 2);
        Assert.Equal(all.Documents.Take(2).Select(d => d.Index), best.Documents.Select(d => d.Index));

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await box.Inference.EmbedAsync(new EmbedRequest { Inputs = { "a" } }, deadline: BoxExtensions.Deadline));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
    }

    private static async Task<RerankResponse> RerankAsync(RunningBox box, uint top) => await box.Inference.RerankAsync(
        new RerankRequest { Model = "ranker", Query = "the query", Documents = { s_texts }, TopN = top }, deadline: BoxExtensions.Deadline);
}
