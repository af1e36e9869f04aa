using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>A model in this process without a session around it.</summary>
internal sealed class Direct : IDisposable
{
    private readonly EngineLog _log;

    public Direct(string path)
    {
        _log = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log;
        Model = LlamaModel.Load([path], 0, _ => true, _log);
        Tokenizer = new PromptTokenizer(Model.Vocabulary);
    }

    public LlamaModel Model { get; }

    public PromptTokenizer Tokenizer { get; }

    public EmbeddingEngine Engine(int context, Action<V1.Event> send) => new(Model, context, 1, _log, send);

    /// <summary>The vector of each token of a text that the engine reads alone.</summary>
    public List<float[]> TokenVectors(int[] tokens)
    {
        using var context = new LlamaContext(
            Model,
            new ContextShape
            {
                Cells = 512, Sequences = 1, BatchTokens = 512, Outputs = 512, Threads = 1, Embeddings = true, Pooling = Pooling.None,
            },
            _log);
        var batch = new TokenBatch(512);
        for (var i = 0; i < tokens.Length; i++)
        {
            batch.Add(tokens[i], i, 0, output: true);
        }

        Assert.Equal(0, context.HasMemory ? context.Decode(batch) : context.Encode(batch));
        return [.. tokens.Select((_, i) => context.TokenEmbedding(i).ToArray())];
    }

    public void Dispose() => Model.Dispose();
}
