using EdgeBox.Testing.Gguf;

namespace EdgeBox.Benchmarks;

/// <summary>A model file that is made for a run.</summary>
/// <param name="File">Its name.</param>
/// <param name="About">What it is, for the table.</param>
/// <param name="Build">Makes it.</param>
internal sealed record BenchModel(string File, string About, Func<GgufWriter> Build)
{
    /// <summary>As many entries as the real vocabulary: the output matrix is most of a step, as sampling is most of what is around it.</summary>
    public static BenchModel GptOss { get; } = new(
        "gpt-oss.gguf", "random gpt-oss, 201,088 entries, 4 layers of 384",
        () => RandomModels.GptOss(new GptOssShape
        {
            Layers = 4, Embedding = 384, Heads = 6, KvHeads = 2, Experts = 8, ExpertsUsed = 2, FeedForward = 256, Vocabulary = 201_088,
        }));

    /// <summary>As thin as it can be: the less the engine does, the less of its noise is taken for what is around it.</summary>
    public static BenchModel ThinGptOss { get; } = new(
        "thin-gpt-oss.gguf", "random gpt-oss, 201,088 entries, 1 layer of 64",
        () => RandomModels.GptOss(new GptOssShape
        {
            Layers = 1, Vocabulary = 201_088,
        }));

    /// <summary>About 100 million weights.</summary>
    public static BenchModel Llama { get; } = new(
        "llama-100m.gguf", "random llama, 100 M parameters, Q8_0", () => RandomModels.Llama(LlamaShape.Of100M));

    /// <summary>Small, with a context for long prompts.</summary>
    public static BenchModel LongLlama { get; } = new(
        "long-llama.gguf", "random llama, 4 layers of 512, context 32,768",
        () => RandomModels.Llama(new LlamaShape
        {
            Layers = 4, Embedding = 512, Heads = 8, KvHeads = 2, FeedForward = 1408, Vocabulary = 32_000, Weights = GgmlType.Q80, Context = 32_768,
        }));

    /// <summary>The model of 100 million weights, trained for a longer context, as its file says.</summary>
    public static Func<GgufWriter> LlamaWithContext(int context) => () => RandomModels.Llama(LlamaShape.Of100M with { Context = context });

    /// <summary>Writes it and returns its path.</summary>
    public string WriteTo(string directory)
    {
        var path = Path.Combine(directory, File);
        Build().WriteFile(path);
        return path;
    }
}
