using EdgeBox.Trust.Gguf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>What a model takes by its tensor table alone, against which the engine's own account is held.</summary>
/// <remarks>Sizes of the two caches: src/llama-kv-cache-iswa.cpp of llama.cpp v0.5.0, with one pool for all sequences and without swa_full.</remarks>
internal static class ClosedForm
{
    private const long BytesOfHalf = 2;
    private const long Padding = 256;
    private const double Tolerance = 0.01;

    // Beginnings of tensors are aligned: by no more than this for each of the few tens of tensors of a layer.
    private const long SlackOfLayer = 4096;

    /// <summary>KV cache of a model of which each layer keeps so many cells; windowed layers need less, never more.</summary>
    public static long CacheBytes(GgufSummary summary, long cells) => LayerBytes(summary) * summary.BlockCount * Padded(cells);

    /// <summary>KV cache of contexts as a worker makes them.</summary>
    public static long CacheBytes(GgufSummary summary, IEnumerable<Wire.PlannedContext> contexts) => contexts.Sum(context =>
    {
        var cells = Padded(context.Cells);
        var window = Math.Min(cells, Padded(Math.Min(cells, ((long)summary.SlidingWindow * context.Sequences) + context.StepTokens)));
        return LayerBytes(summary) * (((summary.BlockCount - summary.WindowedBlockCount) * cells) + (summary.WindowedBlockCount * window));
    });

    /// <summary>What the least cells of a context take that is not in windowed layers: no engine needs less.</summary>
    public static long LeastCacheBytes(GgufSummary summary, long cells) => summary.IsEncoder
        ? 0
        : LayerBytes(summary) * (summary.BlockCount - summary.WindowedBlockCount) * cells;

    /// <summary>What is wrong with the engine's account, in words; null if nothing is.</summary>
    public static string? Dispute(GgufSummary summary, Wire.Planned planned)
    {
        var weights = planned.Memories.Aggregate(0UL, (sum, memory) => sum + memory.WeightBytes);
        // A matrix that serves twice may be there twice: once to look rows up in, once to multiply with.
        var most = summary.TensorBytes + ((summary.BlockCount + 1) * SlackOfLayer) + (4L * summary.EmbeddingLength * summary.VocabularySize);
        if (weights < (ulong)summary.TensorBytes || weights > (ulong)most)
        {
            return $"weights of {weights} bytes where the tensor table has {summary.TensorBytes}";
        }

        var cache = planned.Memories.Aggregate(0UL, (sum, memory) => sum + memory.CacheBytes);
        var expected = CacheBytes(summary, planned.Contexts);
        return Math.Abs((double)cache - expected) > Tolerance * expected
            ? $"a KV cache of {cache} bytes where {expected} follow from its layers"
            : null;
    }

    private static long LayerBytes(GgufSummary summary) =>
        summary.KeyValueHeadCount * (long)(summary.KeyLength + summary.ValueLength) * BytesOfHalf;

    private static long Padded(long cells) => (cells + Padding - 1) / Padding * Padding;
}
