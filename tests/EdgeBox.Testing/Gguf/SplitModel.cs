namespace EdgeBox.Testing.Gguf;

/// <summary>A small llama model in two files.</summary>
public static class SplitModel
{
    private const string Moved = "output.weight";

    /// <summary>Its parts, in order.</summary>
    /// <param name="seed">Makes the weights.</param>
    public static (GgufWriter First, GgufWriter Second) Of(ulong seed = 1)
    {
        var first = RandomModels.Llama(new LlamaShape { Layers = 1, Embedding = 32, Heads = 4, KvHeads = 2, FeedForward = 32, Seed = seed }).RemoveTensor(Moved);
        var second = new GgufWriter().AddTensor(Moved, GgmlType.F32, [32, 272], RandomWeights.Constant([32, 272], 0.01f));
        var tensors = first.TensorNames.Count + 1;
        foreach (var (writer, number) in (ReadOnlySpan<(GgufWriter, byte)>)[(first, 0), (second, 1)])
        {
            writer.SetRaw("split.no", 2, [number, 0]).SetRaw("split.count", 2, [2, 0]).SetInt32("split.tensors.count", tensors);
        }

        return (first, second);
    }
}
