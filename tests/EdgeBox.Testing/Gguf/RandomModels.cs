namespace EdgeBox.Testing.Gguf;

/// <summary>Extents of a random gpt-oss model; the defaults load in milliseconds.</summary>
public sealed record GptOssShape
{
    public int Layers { get; init; } = 2;

    public int Embedding { get; init; } = 64;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    /// <summary>Numbers of one attention head; CUDA's flash attention wants 64.</summary>
    public int HeadSize { get; init; } = 64;

    public int Experts { get; init; } = 4;

    public int ExpertsUsed { get; init; } = 2;

    public int FeedForward { get; init; } = 64;

    /// <summary>Tokens, up to 201,088, the real vocabulary's number.</summary>
    public int Vocabulary { get; init; } = 288;

    public int Context { get; init; } = 4096;

    public int Window { get; init; } = 128;

    /// <summary>Type of the expert matrices.</summary>
    public GgmlType Experts3d { get; init; } = GgmlType.MXFP4;

    /// <summary>Type of the other matrices.</summary>
    public GgmlType Weights { get; init; } = GgmlType.Q80;

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether a tensor is a piece that repeats: large files are written as fast as the disk takes them.</summary>
    public bool Repeats { get; init; }

    public string Name { get; init; } = "random gpt-oss";
}

/// <summary>Extents of a random llama model; the defaults load in milliseconds.</summary>
public sealed record LlamaShape
{
    /// <summary>About 100 million parameters: 12 layers of 768, 32,000 tokens.</summary>
    public static LlamaShape Of100M { get; } = new()
    {
        Layers = 12, Embedding = 768, Heads = 12, KvHeads = 4, FeedForward = 2048, Vocabulary = 32000, Weights = GgmlType.Q80, Name = "random llama 100M",
    };

    public int Layers { get; init; } = 2;

    public int Embedding { get; init; } = 64;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    public int FeedForward { get; init; } = 128;

    public int Vocabulary { get; init; } = 272;

    public int Context { get; init; } = 2048;

    public GgmlType Weights { get; init; } = GgmlType.F32;

    /// <summary>Merges of the tokenizer, 0 to 8.</summary>
    public int Merges { get; init; } = 8;

    public string? ChatTemplate { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether a tensor is a piece that repeats: large files are written as fast as the disk takes them.</summary>
    public bool Repeats { get; init; }

    public string Name { get; init; } = "random llama";
}

/// <summary>Builds model files with random weights that the real engine loads and runs; the same shape gives the same bytes.</summary>
public static class RandomModels
{
    private const float Deviation = 0.05f;

    public static GgufWriter GptOss(GptOssShape? shape = null)
    {
        var s = shape ?? new GptOssShape();
        var writer = new GgufWriter();
        WriteGptOssKeys(writer, s);
        var tokens = ByteLevelTokens.Harmony(s.Vocabulary);
        tokens.WriteTo(writer, "gpt-4o");
        writer
            .SetUInt32("tokenizer.ggml.bos_token_id", tokens.Id("<|startoftext|>"))
            .SetUInt32("tokenizer.ggml.eos_token_id", tokens.Id("<|return|>"))
            .SetUInt32("tokenizer.ggml.padding_token_id", tokens.Id("<|endoftext|>"))
            .SetBool("tokenizer.ggml.add_bos_token", false);

        var to = new TensorSink(writer, s.Seed, s.Repeats);
        to.Random("token_embd.weight", s.Weights, s.Embedding, s.Vocabulary);
        for (var i = 0; i < s.Layers; i++)
        {
            AddGptOssBlock(to, s, $"blk.{i}.");
        }

        to.Ones("output_norm.weight", s.Embedding);
        to.Random("output.weight", s.Weights, s.Embedding, s.Vocabulary);
        return writer;
    }

    public static GgufWriter Llama(LlamaShape? shape = null)
    {
        var s = shape ?? new LlamaShape();
        var writer = new GgufWriter()
            .SetString("general.architecture", "llama")
            .SetString("general.name", s.Name)
            .SetUInt32("llama.context_length", (uint)s.Context)
            .SetUInt32("llama.embedding_length", (uint)s.Embedding)
            .SetUInt32("llama.block_count", (uint)s.Layers)
            .SetUInt32("llama.feed_forward_length", (uint)s.FeedForward)
            .SetUInt32("llama.rope.dimension_count", (uint)(s.Embedding / s.Heads))
            .SetUInt32("llama.attention.head_count", (uint)s.Heads)
            .SetUInt32("llama.attention.head_count_kv", (uint)s.KvHeads)
            .SetFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .SetFloat32("llama.rope.freq_base", 10000f);
        string[] signs = s.ChatTemplate?.Contains("<|start_header_id|>", StringComparison.Ordinal) is true ? ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"] : [];
        var tokens = ByteLevelTokens.With(["<|begin_of_text|>", "<|end_of_text|>", .. signs], s.Vocabulary, s.Merges);
        tokens.WriteTo(writer, "llama-bpe");
        writer
            .SetUInt32("tokenizer.ggml.bos_token_id", tokens.Id("<|begin_of_text|>"))
            .SetUInt32("tokenizer.ggml.eos_token_id", tokens.Id("<|end_of_text|>"));
        if (s.ChatTemplate is not null)
        {
            writer.SetString("tokenizer.chat_template", s.ChatTemplate);
        }

        var to = new TensorSink(writer, s.Seed, s.Repeats);
        to.Random("token_embd.weight", s.Weights, s.Embedding, s.Vocabulary);
        for (var i = 0; i < s.Layers; i++)
        {
            var (b, kv) = ($"blk.{i}.", s.Embedding / s.Heads * s.KvHeads);
            to.Ones(b + "attn_norm.weight", s.Embedding);
            to.Random(b + "attn_q.weight", s.Weights, s.Embedding, s.Embedding);
            to.Random(b + "attn_k.weight", s.Weights, s.Embedding, kv);
            to.Random(b + "attn_v.weight", s.Weights, s.Embedding, kv);
            to.Random(b + "attn_output.weight", s.Weights, s.Embedding, s.Embedding);
            to.Ones(b + "ffn_norm.weight", s.Embedding);
            to.Random(b + "ffn_gate.weight", s.Weights, s.Embedding, s.FeedForward);
            to.Random(b + "ffn_up.weight", s.Weights, s.Embedding, s.FeedForward);
            to.Random(b + "ffn_down.weight", s.Weights, s.FeedForward, s.Embedding);
        }

        to.Ones("output_norm.weight", s.Embedding);
        to.Random("output.weight", s.Weights, s.Embedding, s.Vocabulary);
        return writer;
    }

    /// <summary>The keys of a gpt-oss model other than its tokenizer's.</summary>
    public static void WriteGptOssKeys(GgufWriter writer, GptOssShape s) => writer
        .SetString("general.architecture", "gpt-oss")
        .SetString("general.name", s.Name)
        .SetUInt32("gpt-oss.context_length", (uint)s.Context)
        .SetUInt32("gpt-oss.embedding_length", (uint)s.Embedding)
        .SetUInt32("gpt-oss.block_count", (uint)s.Layers)
        .SetUInt32("gpt-oss.feed_forward_length", (uint)s.FeedForward)
        .SetUInt32("gpt-oss.expert_feed_forward_length", (uint)s.FeedForward)
        .SetUInt32("gpt-oss.expert_count", (uint)s.Experts)
        .SetUInt32("gpt-oss.expert_used_count", (uint)s.ExpertsUsed)
        .SetUInt32("gpt-oss.attention.head_count", (uint)s.Heads)
        .SetUInt32("gpt-oss.attention.head_count_kv", (uint)s.KvHeads)
        .SetUInt32("gpt-oss.attention.key_length", (uint)s.HeadSize)
        .SetUInt32("gpt-oss.attention.value_length", (uint)s.HeadSize)
        .SetFloat32("gpt-oss.attention.layer_norm_rms_epsilon", 1e-5f)
        .SetUInt32("gpt-oss.attention.sliding_window", (uint)s.Window)
        .SetFloat32("gpt-oss.rope.freq_base", 150000f)
        .SetString("gpt-oss.rope.scaling.type", "yarn")
        .SetFloat32("gpt-oss.rope.scaling.factor", 32f)
        .SetUInt32("gpt-oss.rope.scaling.original_context_length", 4096);

    private static void AddGptOssBlock(TensorSink to, GptOssShape s, string b)
    {
        var (d, q, kv) = (s.Embedding, s.Heads * s.HeadSize, s.KvHeads * s.HeadSize);
        to.Ones(b + "attn_norm.weight", d);
        to.Random(b + "attn_q.weight", s.Weights, d, q);
        to.Random(b + "attn_q.bias", GgmlType.F32, q);
        to.Random(b + "attn_k.weight", s.Weights, d, kv);
        to.Random(b + "attn_k.bias", GgmlType.F32, kv);
        to.Random(b + "attn_v.weight", s.Weights, d, kv);
        to.Random(b + "attn_v.bias", GgmlType.F32, kv);
        to.Random(b + "attn_output.weight", s.Weights, q, d);
        to.Random(b + "attn_output.bias", GgmlType.F32, d);
        to.Random(b + "attn_sinks.weight", GgmlType.F32, s.Heads);
        to.Ones(b + "post_attention_norm.weight", d);
        to.Random(b + "ffn_gate_inp.weight", GgmlType.F32, d, s.Experts);
        to.Random(b + "ffn_gate_inp.bias", GgmlType.F32, s.Experts);
        to.Random(b + "ffn_gate_exps.weight", s.Experts3d, d, s.FeedForward, s.Experts);
        to.Random(b + "ffn_gate_exps.bias", GgmlType.F32, s.FeedForward, s.Experts);
        to.Random(b + "ffn_up_exps.weight", s.Experts3d, d, s.FeedForward, s.Experts);
        to.Random(b + "ffn_up_exps.bias", GgmlType.F32, s.FeedForward, s.Experts);
        to.Random(b + "ffn_down_exps.weight", s.Experts3d, s.FeedForward, d, s.Experts);
        to.Random(b + "ffn_down_exps.bias", GgmlType.F32, d, s.Experts);
    }

    /// <summary>Adds tensors to a writer.</summary>
    private sealed class TensorSink(GgufWriter writer, ulong seed, bool repeats)
    {
        public void Random(string name, GgmlType type, params long[] dims) =>
            writer.AddTensor(name, type, dims, RandomWeights.Tensor(seed, name, type, dims, Deviation, repeats));

        public void Ones(string name, long extent) => writer.AddTensor(name, GgmlType.F32, [extent], RandomWeights.Constant([extent], 1));
    }
}
