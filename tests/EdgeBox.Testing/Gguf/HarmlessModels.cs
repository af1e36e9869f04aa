namespace EdgeBox.Testing.Gguf;

/// <summary>A tiny model that says something unusual and is good all the same.</summary>
/// <param name="Name">What is unusual.</param>
/// <param name="Make">Makes the model.</param>
public sealed record HarmlessModel(string Name, Func<GgufWriter> Make);

/// <summary>Good models that a validator might wrongly refuse; the real engine opens each of them and computes with it.</summary>
public static class HarmlessModels
{
    public static IReadOnlyList<HarmlessModel> All { get; } =
    [
        Of("llama-without-splitter", "llama", w => w.RemoveKey("tokenizer.ggml.pre")),
        Of("llama-without-token-types", "llama", w => w.RemoveKey("tokenizer.ggml.token_type")),
        Of("llama-without-name", "llama", w => w.RemoveKey("general.name")),
        Of("llama-without-merges", "llama", w => w.SetStringArray("tokenizer.ggml.merges", [])),
        Of("llama-said-to-be-a-model", "llama", w => w.SetString("general.type", "model")),
        Of("llama-no-rope-scaling", "llama", w => w.SetString("llama.rope.scaling.type", "none")),
        Of("llama-yarn-of-factor-0", "llama", w => w.SetString("llama.rope.scaling.type", "yarn").SetFloat32("llama.rope.scaling.factor", 0)),
        Of("llama-experts-of-0", "llama", w => w.SetUInt32("llama.expert_count", 0).SetUInt32("llama.expert_used_count", 0)),
        Of("llama-next-token-layers-of-0", "llama", w => w.SetUInt32("llama.nextn_predict_layers", 0)),
        Of("llama-same-output-width", "llama", w => w.SetUInt32("llama.embedding_length_out", 32)),
        Of("llama-whole-rotation", "llama", w => w.SetUInt32("llama.rope.dimension_count", 16)),
        Of("llama-head-size-divided", "llama", w => w.RemoveKey("llama.attention.key_length").RemoveKey("llama.attention.value_length")),
        Of("llama-heads-for-each-layer", "llama", w => w.SetUInt32Array("llama.attention.head_count", [2])),
        Of("llama-kv-heads-for-each-layer", "llama", w => w.SetInt32Array("llama.attention.head_count_kv", [1])),
        Of("llama-causal", "llama", w => w.SetBool("llama.attention.causal", true)),
        Of("llama-pooling-of-a-decoder", "llama", w => w.SetUInt32("llama.pooling_type", 3)),
        Of("llama-longest-context", "llama", w => w.SetUInt32("llama.context_length", 1 << 24)),
        Of("llama-epsilon-of-0", "llama", w => w.SetFloat32("llama.attention.layer_norm_rms_epsilon", 0)),
        Of("llama-no-bos", "llama", w => w.SetBool("tokenizer.ggml.add_bos_token", false).RemoveKey("tokenizer.ggml.bos_token_id")),
        Of("llama-rope-factors", "llama", w => w.AddTensor("rope_freqs.weight", GgmlType.F32, [8], new byte[32])),
        Of("llama-long-rope", "llama", w => w.SetString("llama.rope.scaling.type", "longrope").AddTensor("rope_factors_long.weight", GgmlType.F32, [8], new byte[32])),
        Of("llama-bias-of-one-matrix", "llama", w => w.AddTensor("blk.0.ffn_up.bias", GgmlType.F32, [32], new byte[128])),
        Of("llama-output-of-f16", "llama", w => w.AddTensor("output.weight", GgmlType.F16, [32, 24], new byte[1536])),
        Of("llama-keys-of-others", "llama", w => w.SetUInt8("x.some_byte", 7).SetUInt64("x.large", ulong.MaxValue).SetFloat32Array("x.reals", [1, 2])),
        Of("llama-alignment-of-64", "llama", w => w.Alignment = 64),
        Of("llama-version-2", "llama", w => w.Version = 2),
        Of("llama-spm-without-scores", "llama-spm", w => w.RemoveKey("tokenizer.ggml.scores")),
        Of("gpt-oss-every-layer-windowed", "gpt-oss", w => w.SetUInt32("gpt-oss.attention.sliding_window_pattern", 0)),
        Of("gpt-oss-one-layer-windowed", "gpt-oss", w => w.SetInt32Array("gpt-oss.attention.sliding_window_pattern", [1])),
        Of("gpt-oss-all-experts", "gpt-oss", w => w.SetUInt32("gpt-oss.expert_used_count", 2)),
        Of("gemma2-window-not-said", "gemma2", w => w.RemoveKey("gemma2.attention.sliding_window")),
        Of("gemma3-no-window", "gemma3", w => w.SetUInt32("gemma3.attention.sliding_window", 0)),
        Of("qwen2-output-bias", "qwen2", w => w.AddTensor("output.bias", GgmlType.F32, [24], new byte[96])),
        Of("qwen3-ranking-head", "qwen3", w => w.AddTensor("cls.output.weight", GgmlType.F32, [32, 1], new byte[128]).SetUInt32("qwen3.pooling_type", 4)),
        Of("qwen3moe-expert-width-divided", "qwen3moe", w => w.RemoveKey("qwen3moe.expert_feed_forward_length")),
        Of("phi3-partial-rotation", "phi3", w => w.SetUInt32("phi3.rope.dimension_count", 8)),
        Of("phi3-window-that-is-ignored", "phi3", w => w.SetUInt32("phi3.attention.sliding_window", 2047)),
        Of("qwen3-ranking-without-template", "qwen3-rank", w => w.RemoveKey("tokenizer.chat_template.rerank")),
        Of("bert-ranking-without-a-layer-before", "bert-rank", w => w.RemoveTensor("cls.weight").RemoveTensor("cls.bias")),
        Of("bert-ranking-without-biases", "bert-rank", w => w.RemoveTensor("cls.bias").RemoveTensor("cls.output.bias")),
        Of("bert-ranking-by-template", "bert-rank", w => w.SetString("tokenizer.chat_template.rerank", "{document}[SEP]{query}[SEP]{query}")),
        Of("bert-ranking-head-that-is-not-used", "bert-rank", w => w.SetUInt32("bert.pooling_type", 2)),
        Of("bert-pooling-not-said", "bert", w => w.RemoveKey("bert.pooling_type")),
        Of("bert-pooling-of-none", "bert", w => w.SetUInt32("bert.pooling_type", 0)),
        Of("bert-pooling-of-the-last", "bert", w => w.SetUInt32("bert.pooling_type", 3)),
        Of("nomic-bert-pooling-of-the-first", "nomic-bert", w => w.SetUInt32("nomic-bert.pooling_type", 2)),
        Of("bert-without-token-type-embedding", "bert", w => w.RemoveTensor("token_types.weight")),
        Of("bert-rotation-of-none", "bert", w => w.RemoveKey("bert.attention.causal").SetUInt32("bert.rope.dimension_count", 7)),
    ];

    private static HarmlessModel Of(string name, string kind, Action<GgufWriter> change) => new(name, () =>
    {
        var model = TinyModels.Of(kind);
        change(model);
        return model;
    });
}
