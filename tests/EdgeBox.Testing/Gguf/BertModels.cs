namespace EdgeBox.Testing.Gguf;

/// <summary>Extents of a random BERT embedding model; the defaults load in milliseconds.</summary>
public sealed record BertShape
{
    public int Layers { get; init; } = 2;

    /// <summary>Numbers of one embedding.</summary>
    public int Embedding { get; init; } = 64;

    public int Heads { get; init; } = 4;

    public int FeedForward { get; init; } = 128;

    /// <summary>Longest input in tokens.</summary>
    public int Context { get; init; } = 512;

    /// <summary>llama.cpp's pooling: 1 mean, 2 first token, 3 last token.</summary>
    public uint Pooling { get; init; } = 1;

    public ulong Seed { get; init; } = 1;

    public string Name { get; init; } = "random bert";
}

/// <summary>Builds embedding models with random weights and a WordPiece vocabulary of single characters.</summary>
public static class BertModels
{
    private const float Deviation = 0.05f;

    private static readonly string[] s_specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    public static GgufWriter Bert(BertShape? shape = null)
    {
        var s = shape ?? new BertShape();
        var characters = Enumerable.Range(33, 94).Select(c => ((char)c).ToString()).ToArray();
        string[] tokens = [.. s_specials, .. characters.Select(c => "▁" + c), .. characters, "▁the", "▁and", "▁hello", "▁world", "ing", "er"];
        var writer = new GgufWriter()
            .SetString("general.architecture", "bert")
            .SetString("general.name", s.Name)
            .SetUInt32("bert.context_length", (uint)s.Context)
            .SetUInt32("bert.embedding_length", (uint)s.Embedding)
            .SetUInt32("bert.block_count", (uint)s.Layers)
            .SetUInt32("bert.feed_forward_length", (uint)s.FeedForward)
            .SetUInt32("bert.attention.head_count", (uint)s.Heads)
            .SetFloat32("bert.attention.layer_norm_epsilon", 1e-12f)
            .SetBool("bert.attention.causal", false)
            .SetUInt32("bert.pooling_type", s.Pooling)
            .SetString("tokenizer.ggml.model", "bert")
            .SetUInt32("tokenizer.ggml.token_type_count", 2)
            .SetStringArray("tokenizer.ggml.tokens", tokens)
            .SetInt32Array("tokenizer.ggml.token_type", [.. tokens.Select((_, i) => i < s_specials.Length ? 3 : 1)])
            .SetUInt32("tokenizer.ggml.padding_token_id", 0)
            .SetUInt32("tokenizer.ggml.unknown_token_id", 1)
            .SetUInt32("tokenizer.ggml.cls_token_id", 2)
            .SetUInt32("tokenizer.ggml.bos_token_id", 2)
            .SetUInt32("tokenizer.ggml.eos_token_id", 3)
            .SetUInt32("tokenizer.ggml.seperator_token_id", 3)
            .SetUInt32("tokenizer.ggml.mask_token_id", 4);
        AddTensors(writer, s, tokens.Length);
        return writer;
    }

    private static void AddTensors(GgufWriter writer, BertShape s, int vocabulary)
    {
        void Weights(string name, params long[] dims) =>
            writer.AddTensor(name, GgmlType.F32, dims, RandomWeights.Tensor(s.Seed, name, GgmlType.F32, dims, Deviation));
        void Norm(string name)
        {
            writer.AddTensor(name + ".weight", GgmlType.F32, [s.Embedding], RandomWeights.Constant([s.Embedding], 1));
            Weights(name + ".bias", s.Embedding);
        }

        void Linear(string name, long input, long output)
        {
            Weights(name + ".weight", input, output);
            Weights(name + ".bias", output);
        }

        Weights("token_embd.weight", s.Embedding, vocabulary);
        Weights("token_types.weight", s.Embedding, 2);
        Weights("position_embd.weight", s.Embedding, s.Context);
        Norm("token_embd_norm");
        for (var i = 0; i < s.Layers; i++)
        {
            var b = $"blk.{i}.";
            Linear(b + "attn_q", s.Embedding, s.Embedding);
            Linear(b + "attn_k", s.Embedding, s.Embedding);
            Linear(b + "attn_v", s.Embedding, s.Embedding);
            Linear(b + "attn_output", s.Embedding, s.Embedding);
            Norm(b + "attn_output_norm");
            Linear(b + "ffn_up", s.Embedding, s.FeedForward);
            Linear(b + "ffn_down", s.FeedForward, s.Embedding);
            Norm(b + "layer_output_norm");
        }
    }
}
