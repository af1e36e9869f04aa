using EdgeBox.Trust.Gguf;

namespace EdgeBox.Testing.Gguf;

/// <summary>Faults of the model: its numbers, its vocabulary and the tensors that they ask for.</summary>
public static partial class MalformedModels
{
    private const string Tokens = "tokenizer.ggml.tokens";
    private const string Types = "tokenizer.ggml.token_type";

    private static IEnumerable<MalformedModel> Numbers() =>
    [
        Of("unknown-architecture", Llama, w => w.SetString("general.architecture", "mamba9"), GgufProblem.UnsupportedArchitecture, "general.architecture"),
        Of("architecture-a-number", Llama, w => w.SetUInt32("general.architecture", 1), GgufProblem.WrongValueType, "general.architecture"),
        Of("adapter", Llama, w => w.SetString("general.type", "adapter"), GgufProblem.NotAModel, "general.type"),
        Of("name-a-number", Llama, w => w.SetUInt32("general.name", 7), GgufProblem.WrongValueType, "general.name"),
        Of("no-blocks", Llama, w => w.SetUInt32("llama.block_count", 0), GgufProblem.ValueOutOfRange, "llama.block_count"),
        Of("513-blocks", Llama, w => w.SetUInt32("llama.block_count", 513), GgufProblem.ValueOutOfRange, "llama.block_count"),
        Of("block-count-signed", Llama, w => w.SetInt32("llama.block_count", 1), GgufProblem.WrongValueType, "llama.block_count"),
        Of("no-embedding", Llama, w => w.SetUInt32("llama.embedding_length", 0), GgufProblem.ValueOutOfRange, "llama.embedding_length"),
        Of("absurd-embedding", Llama, w => w.SetUInt32("llama.embedding_length", uint.MaxValue), GgufProblem.ValueOutOfRange, "llama.embedding_length"),
        Of("no-context", Llama, w => w.SetUInt32("llama.context_length", 0), GgufProblem.ValueOutOfRange, "llama.context_length"),
        Of("absurd-context", Llama, w => w.SetUInt32("llama.context_length", 1u << 31), GgufProblem.ValueOutOfRange, "llama.context_length"),
        Of("no-heads", Llama, w => w.SetUInt32("llama.attention.head_count", 0), GgufProblem.ValueOutOfRange, "llama.attention.head_count"),
        Of("more-heads-than-numbers", Llama, w => w.SetUInt32("llama.attention.head_count", 64), GgufProblem.ImpossibleHeads, "llama.attention.head_count"),
        Of("no-kv-heads", Llama, w => w.SetUInt32("llama.attention.head_count_kv", 0), GgufProblem.ValueOutOfRange, "llama.attention.head_count_kv"),
        Of("kv-heads-that-do-not-divide", Llama, w => w.SetUInt32("llama.attention.head_count_kv", 3), GgufProblem.ImpossibleHeads, "llama.attention.head_count_kv"),
        Of("heads-that-differ", GptOss, w => w.SetUInt32Array("gpt-oss.attention.head_count_kv", [2, 1]), GgufProblem.UnsupportedFeature, "gpt-oss.attention.head_count_kv"),
        Of("heads-of-too-few-layers", GptOss, w => w.SetUInt32Array("gpt-oss.attention.head_count_kv", [2]), GgufProblem.ValueOutOfRange, "gpt-oss.attention.head_count_kv"),
        Of("heads-an-array-of-floats", GptOss, w => w.SetFloat32Array("gpt-oss.attention.head_count_kv", [2, 2]), GgufProblem.WrongValueType, "gpt-oss.attention.head_count_kv"),
        Of("value-length-alone", Llama, w => w.SetUInt32("llama.attention.value_length", 16), GgufProblem.ImpossibleHeads, "llama.attention.key_length"),
        Of("key-length-swa", GptOss, w => w.SetUInt32("gpt-oss.attention.key_length_swa", 32), GgufProblem.UnsupportedFeature, "gpt-oss.attention.key_length_swa"),
        Of("half-rotated-head", Llama, w => w.SetUInt32("llama.rope.dimension_count", 4), GgufProblem.ImpossibleRope, "llama.rope.dimension_count"),
        Of("odd-rotation", Llama, Odd, GgufProblem.ImpossibleRope, "llama.rope.dimension_count"),
        Of("unknown-rope-scaling", Llama, w => w.SetString("llama.rope.scaling.type", "cubic"), GgufProblem.ImpossibleRope, "llama.rope.scaling.type"),
        Of("rope-base-nan", Llama, w => w.SetFloat32("llama.rope.freq_base", float.NaN), GgufProblem.ValueOutOfRange, "llama.rope.freq_base"),
        Of("rope-factor-infinite", GptOss, w => w.SetFloat32("gpt-oss.rope.scaling.factor", float.PositiveInfinity), GgufProblem.ValueOutOfRange, "gpt-oss.rope.scaling.factor"),
        Of("epsilon-nan", Llama, w => w.SetFloat32("llama.attention.layer_norm_rms_epsilon", float.NaN), GgufProblem.ValueOutOfRange, "llama.attention.layer_norm_rms_epsilon"),
        Of("epsilon-negative", Llama, w => w.SetFloat32("llama.attention.layer_norm_rms_epsilon", -1), GgufProblem.ValueOutOfRange, "llama.attention.layer_norm_rms_epsilon"),
        Of("epsilon-infinite", GptOss, w => w.SetFloat32("gpt-oss.attention.layer_norm_rms_epsilon", float.PositiveInfinity), GgufProblem.ValueOutOfRange, "gpt-oss.attention.layer_norm_rms_epsilon"),
        Of("no-experts", GptOss, w => w.SetUInt32("gpt-oss.expert_count", 0), GgufProblem.ValueOutOfRange, "gpt-oss.expert_count"),
        Of("1025-experts", GptOss, w => w.SetUInt32("gpt-oss.expert_count", 1025), GgufProblem.ValueOutOfRange, "gpt-oss.expert_count"),
        Of("no-experts-used", GptOss, w => w.SetUInt32("gpt-oss.expert_used_count", 0), GgufProblem.ImpossibleExperts, "gpt-oss.expert_used_count"),
        Of("more-experts-used-than-there-are", GptOss, w => w.SetUInt32("gpt-oss.expert_used_count", 5), GgufProblem.ImpossibleExperts, "gpt-oss.expert_used_count"),
        Of("experts-used-of-none", Llama, w => w.SetUInt32("llama.expert_used_count", 2), GgufProblem.ImpossibleExperts, "llama.expert_used_count"),
        Of("expert-groups", GptOss, w => w.SetUInt32("gpt-oss.expert_group_count", 4), GgufProblem.UnsupportedFeature, "gpt-oss.expert_group_count"),
        Of("next-token-layers", Llama, w => w.SetUInt32("llama.nextn_predict_layers", 9), GgufProblem.UnsupportedFeature, "llama.nextn_predict_layers"),
        Of("no-window", GptOss, w => w.SetUInt32("gpt-oss.attention.sliding_window", 0), GgufProblem.ValueOutOfRange, "gpt-oss.attention.sliding_window"),
        Of("absurd-window", GptOss, w => w.SetUInt32("gpt-oss.attention.sliding_window", uint.MaxValue), GgufProblem.ValueOutOfRange, "gpt-oss.attention.sliding_window"),
        Of("window-pattern-of-strings", GptOss, w => w.SetStringArray("gpt-oss.attention.sliding_window_pattern", ["a", "b"]), GgufProblem.WrongValueType, "gpt-oss.attention.sliding_window_pattern"),
        Of("window-pattern-of-one-layer", GptOss, w => w.SetInt32Array("gpt-oss.attention.sliding_window_pattern", [1]), GgufProblem.ValueOutOfRange, "gpt-oss.attention.sliding_window_pattern"),
        Of("window-that-no-layer-has", GptOss, w => w.SetUInt32("gpt-oss.attention.sliding_window_pattern", 1), GgufProblem.ValueOutOfRange, "gpt-oss.attention.sliding_window_pattern"),
        Of("window-pattern-of-zeros", GptOss, w => w.SetInt32Array("gpt-oss.attention.sliding_window_pattern", [0, 0]), GgufProblem.ValueOutOfRange, "gpt-oss.attention.sliding_window_pattern"),
        Of("output-wider-than-embedding", Llama, w => w.SetUInt32("llama.embedding_length_out", 4096), GgufProblem.UnsupportedFeature, "llama.embedding_length_out"),
        Of("decoder-that-looks-ahead", Llama, w => w.SetBool("llama.attention.causal", false), GgufProblem.UnsupportedFeature, "llama.attention.causal"),
        Of("unknown-pooling", BertFile, w => w.SetUInt32("bert.pooling_type", 77), GgufProblem.ValueOutOfRange, "bert.pooling_type"),
        Of("ranking-without-head", BertFile, w => w.SetUInt32("bert.pooling_type", 4), GgufProblem.UnsupportedFeature, "bert.pooling_type"),
        Of("pooling-signed", BertFile, w => w.SetInt32("bert.pooling_type", 1), GgufProblem.WrongValueType, "bert.pooling_type"),
        Of("pooling-one-too-high", NomicFile, w => w.SetUInt32("nomic-bert.pooling_type", 5), GgufProblem.ValueOutOfRange, "nomic-bert.pooling_type"),
        Of("ranking-architecture-without-heads", NomicFile, w => w.SetUInt32("nomic-bert.pooling_type", 4), GgufProblem.UnsupportedFeature, "nomic-bert.pooling_type"),
        Of("ranking-head-of-too-many-labels", RankFile, w => w.SetStringArray("bert.classifier.output_labels", ["a", "b"]), GgufProblem.WrongShape, tensor: "cls.output.weight"),
        Of("ranking-bias-of-half-precision", RankFile, w => w.Retype("cls.bias", (uint)GgmlType.F16), GgufProblem.WrongTensorType, tensor: "cls.bias"),
        Of("ranking-output-bias-of-half-precision", RankFile, w => w.Retype("cls.output.bias", (uint)GgmlType.F16), GgufProblem.WrongTensorType, tensor: "cls.output.bias"),
        Of("ranking-template-a-number", RankFile, w => w.SetUInt32("tokenizer.chat_template.rerank", 7), GgufProblem.WrongValueType, "tokenizer.chat_template.rerank"),
        Of("ranking-template-without-document", RankFile, w => w.SetString("tokenizer.chat_template.rerank", "[CLS]{query}[SEP]"), GgufProblem.UnsupportedFeature, "tokenizer.chat_template.rerank"),
        Of("ranking-template-without-query", RankFile, w => w.SetString("tokenizer.chat_template.rerank", "[CLS]{document}[SEP]"), GgufProblem.UnsupportedFeature, "tokenizer.chat_template.rerank"),
        Of("bert-heads-that-do-not-fill-the-width", BertFile, w => w.SetUInt32("bert.attention.head_count", 5), GgufProblem.ImpossibleHeads, "bert.attention.head_count"),
        Of("bert-epsilon-nan", BertFile, w => w.SetFloat32("bert.attention.layer_norm_epsilon", float.NaN), GgufProblem.ValueOutOfRange, "bert.attention.layer_norm_epsilon"),
        Of("bert-longer-than-its-positions", BertFile, w => w.SetUInt32("bert.context_length", 65), GgufProblem.WrongShape, tensor: "position_embd.weight"),
        Of("bert-no-token-types", BertFile, w => w.SetUInt32("tokenizer.ggml.token_type_count", 0), GgufProblem.ValueOutOfRange, "tokenizer.ggml.token_type_count"),
        Of("nomic-half-rotated-head", NomicFile, w => w.SetUInt32("nomic-bert.rope.dimension_count", 4), GgufProblem.ImpossibleRope, "nomic-bert.rope.dimension_count"),
        Of("labels-numbers", BertFile, w => w.SetInt32Array("bert.classifier.output_labels", [1]), GgufProblem.WrongValueType, "bert.classifier.output_labels"),
        Of("no-labels", BertFile, w => w.SetStringArray("bert.classifier.output_labels", []), GgufProblem.ValueOutOfRange, "bert.classifier.output_labels"),
        Of("one-part-of-two", Llama, w => w.SetRaw("split.count", 2, [2, 0]), GgufProblem.MissingPart, "split.count"),
        Of("split-count-of-4-bytes", Llama, w => w.SetUInt32("split.count", 2), GgufProblem.WrongValueType, "split.count"),
    ];

    private static IEnumerable<MalformedModel> Vocabularies() =>
    [
        Of("unknown-tokenizer", Llama, w => w.SetString("tokenizer.ggml.model", "runes"), GgufProblem.UnsupportedTokenizer, "tokenizer.ggml.model"),
        Of("no-vocabulary", Llama, w => w.SetString("tokenizer.ggml.model", "no_vocab"), GgufProblem.UnsupportedTokenizer, "tokenizer.ggml.model"),
        Of("unknown-splitter", Llama, w => w.SetString("tokenizer.ggml.pre", "runes"), GgufProblem.UnsupportedTokenizer, "tokenizer.ggml.pre"),
        Of("empty-vocabulary", Llama, w => w.SetStringArray(Tokens, []), GgufProblem.VocabularySize, Tokens),
        Of("tokens-numbers", Llama, w => w.SetInt32Array(Tokens, [1, 2]), GgufProblem.WrongValueType, Tokens),
        Of("duplicate-token", Llama, w => w.SetStringArray(Tokens, [.. LlamaTokens().Take(271), "a"]), GgufProblem.DuplicateToken, Tokens),
        Of("tokens-equal-up-to-zero", Llama, w => w.SetStringArray(Tokens, [.. LlamaTokens().Take(270), "q\0x", "q\0y"]), GgufProblem.DuplicateToken, Tokens),
        Of("empty-token-named-by-another", Llama, w => w.SetStringArray(Tokens, [.. LlamaTokens().Take(270), "", "[EMPTY_270]"]), GgufProblem.DuplicateToken, Tokens),
        Of("too-few-token-types", Llama, w => w.SetInt32Array(Types, [1, 1, 1]), GgufProblem.TokenTableLength, Types),
        Of("token-types-floats", Llama, w => w.SetFloat32Array(Types, new float[272]), GgufProblem.WrongValueType, Types),
        Of("token-type-of-7", Llama, w => w.SetInt32Array(Types, [.. Enumerable.Repeat(1, 271), 7]), GgufProblem.InvalidTokenType, Types),
        Of("byte-token-misspelt", Llama, w => w.SetInt32Array(Types, [.. Enumerable.Repeat(1, 271), 6]), GgufProblem.InvalidTokenType, Types),
        Of("byte-token-in-wordpiece", BertFile, w => w.SetInt32Array(Types, [.. Enumerable.Repeat(1, 198), 6]), GgufProblem.InvalidTokenType, Types),
        Of("too-few-scores", Llama, w => w.SetFloat32Array("tokenizer.ggml.scores", [0, 1]), GgufProblem.TokenTableLength, "tokenizer.ggml.scores"),
        Of("score-nan", Llama, w => w.SetFloat32Array("tokenizer.ggml.scores", [.. new float[271], float.NaN]), GgufProblem.InvalidScore, "tokenizer.ggml.scores"),
        Of("merge-of-one-part", Llama, w => w.SetStringArray("tokenizer.ggml.merges", ["h e", "the"]), GgufProblem.InvalidMerge, "tokenizer.ggml.merges"),
        Of("merge-of-nothing", Llama, w => w.SetStringArray("tokenizer.ggml.merges", [""]), GgufProblem.InvalidMerge, "tokenizer.ggml.merges"),
        Of("merges-numbers", Llama, w => w.SetInt32Array("tokenizer.ggml.merges", [1]), GgufProblem.WrongValueType, "tokenizer.ggml.merges"),
        Of("sentencepiece-without-bytes", Llama, w => w.SetString("tokenizer.ggml.model", "llama"), GgufProblem.MissingByteToken, Tokens),
        Of("eos-beyond-vocabulary", Llama, w => w.SetUInt32("tokenizer.ggml.eos_token_id", 272), GgufProblem.InvalidSpecialToken, "tokenizer.ggml.eos_token_id"),
        Of("pad-of-minus-1", Llama, w => w.SetUInt32("tokenizer.ggml.padding_token_id", uint.MaxValue), GgufProblem.ValueOutOfRange, "tokenizer.ggml.padding_token_id"),
        Of("bos-signed", Llama, w => w.SetInt32("tokenizer.ggml.bos_token_id", 1), GgufProblem.WrongValueType, "tokenizer.ggml.bos_token_id"),
        Of("add-bos-a-number", Llama, w => w.SetUInt32("tokenizer.ggml.add_bos_token", 1), GgufProblem.WrongValueType, "tokenizer.ggml.add_bos_token"),
        Of("called-phi-3", Llama, w => w.SetString("general.name", "My Phi-3"), GgufProblem.InvalidSpecialToken, Tokens),
        Of("chat-template-a-number", Llama, w => w.SetUInt32("tokenizer.chat_template", 1), GgufProblem.WrongValueType, "tokenizer.chat_template"),
    ];

    private static IEnumerable<MalformedModel> Shapes() =>
    [
        Of("block-without-tensors", Llama, w => w.SetUInt32("llama.block_count", 2), GgufProblem.MissingTensor, tensor: "blk.1.attn_norm.weight"),
        Of("more-blocks-than-said", GptOss, w => w.SetUInt32("gpt-oss.block_count", 1), GgufProblem.UnexpectedTensor, tensor: "blk.1.attn_norm.weight"),
        Of("vocabulary-larger-than-embedding", Llama, w => w.SetStringArray(Tokens, [.. LlamaTokens(), "one more"]).SetInt32Array(Types, new int[273]), GgufProblem.WrongShape, tensor: First),
        Of("wrong-head-count", Llama, w => w.SetUInt32("llama.attention.head_count_kv", 4), GgufProblem.WrongShape, tensor: "blk.0.attn_k.weight"),
        Of("wrong-expert-count", GptOss, w => w.SetUInt32("gpt-oss.expert_count", 5), GgufProblem.WrongShape, tensor: "blk.0.ffn_gate_inp.weight"),
        Of("norm-of-f16", Llama, w => w.RemoveTensor(Second).AddTensor(Second, GgmlType.F16, [32], new byte[64]), GgufProblem.WrongTensorType, tensor: Second),
        Of("embedding-of-integers", Llama, w => w.Misdescribe(First, type: 26), GgufProblem.WrongTensorType, tensor: First),
        Of("unknown-tensor", Llama, w => w.AddTensor("blk.0.extra.weight", GgmlType.F32, [4], new byte[16]), GgufProblem.UnexpectedTensor, tensor: "blk.0.extra.weight"),
        Of("fused-and-separate", Llama, Fused, GgufProblem.UnexpectedTensor, tensor: "blk.0.attn_q.weight"),
        Of("missing-output", GptOss, w => w.RemoveTensor("output.weight"), GgufProblem.MissingTensor, tensor: "output.weight"),
        Of("missing-sinks", GptOss, w => w.RemoveTensor("blk.1.attn_sinks.weight"), GgufProblem.MissingTensor, tensor: "blk.1.attn_sinks.weight"),
    ];

    private static IEnumerable<MalformedModel> Missing()
    {
        string[] gptOss =
        [
            "gpt-oss.context_length", "gpt-oss.embedding_length", "gpt-oss.block_count", "gpt-oss.expert_feed_forward_length",
            "gpt-oss.expert_count", "gpt-oss.expert_used_count", "gpt-oss.attention.head_count", "gpt-oss.attention.layer_norm_rms_epsilon",
            "gpt-oss.attention.sliding_window", "general.architecture", "tokenizer.ggml.model", Tokens, "tokenizer.ggml.merges",
        ];
        foreach (var key in gptOss)
        {
            yield return Of($"missing-{key}", GptOss, w => w.RemoveKey(key), GgufProblem.MissingKey, key);
        }

        // Left out, these take another value, and then nothing fits.
        foreach (var key in (string[])["gpt-oss.attention.key_length", "gpt-oss.attention.value_length"])
        {
            yield return Of($"missing-{key}", GptOss, w => w.RemoveKey(key), GgufProblem.ImpossibleHeads, key);
        }

        yield return Of(
            "missing-gpt-oss.attention.head_count_kv", GptOss, w => w.RemoveKey("gpt-oss.attention.head_count_kv"), GgufProblem.WrongShape, tensor: "blk.0.attn_k.weight");
        yield return Of(
            "missing-bert-token-type-count", BertFile, w => w.RemoveKey("tokenizer.ggml.token_type_count"), GgufProblem.MissingKey, "tokenizer.ggml.token_type_count");
        foreach (var key in (string[])["context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.layer_norm_epsilon"])
        {
            yield return Of($"missing-bert.{key}", BertFile, w => w.RemoveKey($"bert.{key}"), GgufProblem.MissingKey, $"bert.{key}");
            yield return Of($"missing-nomic-bert.{key}", NomicFile, w => w.RemoveKey($"nomic-bert.{key}"), GgufProblem.MissingKey, $"nomic-bert.{key}");
            yield return Of($"missing-ranking-{key}", RankFile, w => w.RemoveKey($"bert.{key}"), GgufProblem.MissingKey, $"bert.{key}");
        }

        foreach (var (key, otherwise) in (IEnumerable<(string, string)>)[("bos_token_id", "first"), ("unknown_token_id", "unknown")])
        {
            yield return Of(
                $"missing-wordpiece-{otherwise}", BertFile, w => w.SetStringArray(Tokens, BertTokens).SetInt32Array(Types, new int[90]).RemoveKey($"tokenizer.ggml.{key}"), GgufProblem.InvalidSpecialToken, $"tokenizer.ggml.{key}");
        }

        foreach (var tensor in RankFile().TensorNames.Where(IsNeeded))
        {
            yield return Of($"missing-ranking-{tensor}", RankFile, w => w.RemoveTensor(tensor), GgufProblem.MissingTensor, tensor: tensor);
        }

        yield return Of("missing-ranking-head", RankFile, w => w.RemoveTensor("cls.output.weight"), GgufProblem.UnsupportedFeature, "bert.pooling_type");
        yield return Of(
            "missing-wordpiece-separator", BertFile, w => w.SetStringArray(Tokens, BertTokens).SetInt32Array(Types, new int[90]).RemoveKey("tokenizer.ggml.seperator_token_id"), GgufProblem.InvalidSpecialToken, "tokenizer.ggml.seperator_token_id");
        foreach (var tensor in Llama().TensorNames.Where(n => n != "output.weight"))
        {
            yield return Of($"missing-{tensor}", Llama, w => w.RemoveTensor(tensor), GgufProblem.MissingTensor, tensor: tensor);
        }
    }

    private static string[] BertTokens { get; } = [.. Enumerable.Range(0, 90).Select(i => $"t{i}")];

    private static GgufWriter BertFile() => BertModels.Bert(new BertShape { Layers = 1, Embedding = 32, FeedForward = 32, Context = 64 });

    private static GgufWriter NomicFile() => BertModels.NomicBert(new BertShape { Layers = 1, Embedding = 32, FeedForward = 32, Context = 64 });

    private static GgufWriter RankFile() => BertModels.Ranker(new BertShape { Layers = 1, Embedding = 32, FeedForward = 32, Context = 64 });

    /// <summary>Biases may be absent, except those of norms; so may the kinds of sentences and the parts of a head.</summary>
    private static bool IsNeeded(string tensor) =>
        !tensor.StartsWith("cls", StringComparison.Ordinal) && tensor != "token_types.weight"
        && (!tensor.EndsWith(".bias", StringComparison.Ordinal) || tensor.Contains("norm", StringComparison.Ordinal));

    private static IReadOnlyList<string> LlamaTokens() => ByteLevelTokens.With(["<|begin_of_text|>", "<|end_of_text|>"], 272).Tokens;

    private static void Odd(GgufWriter w) => w
        .SetUInt32("llama.attention.key_length", 7).SetUInt32("llama.attention.value_length", 7).SetUInt32("llama.rope.dimension_count", 7);

    private static void Fused(GgufWriter w) =>
        w.AddTensor("blk.0.attn_qkv.weight", GgmlType.F32, [32, 64], new byte[32 * 64 * 4]);
}
