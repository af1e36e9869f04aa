using EdgeBox.Testing.Gguf;

namespace EdgeBox.Fuzzing;

/// <summary>Makes well-formed files whose keys and tensors say surprising things: what flipping bytes seldom reaches.</summary>
internal static class Variants
{
    private static readonly uint[] s_numbers =
        [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 23, 24, 31, 32, 33, 48, 63, 64, 65, 128, 255, 256, 512, 513, 1024, 4096, 65535, 65536, 1 << 20, 1 << 24, 1 << 30, int.MaxValue, 1u << 31, uint.MaxValue];

    private static readonly float[] s_reals =
        [0, -0f, 1, -1, 0.5f, 1e-5f, 1e-38f, 1e-45f, 1e38f, 10000, 32, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    private static readonly string[] s_names =
    [
        "vocab_size", "context_length", "embedding_length", "embedding_length_out", "block_count", "nextn_predict_layers", "feed_forward_length",
        "expert_feed_forward_length", "expert_count", "expert_used_count", "expert_group_count", "expert_group_used_count", "pooling_type",
        "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.key_length_swa",
        "attention.value_length_swa", "attention.sliding_window", "attention.sliding_window_pattern", "rope.dimension_count",
        "rope.dimension_count_swa", "rope.scaling.original_context_length", "expert_shared_count", "expert_gating_func",
        "leading_dense_block_count", "use_parallel_residual", "attention.max_alibi_bias", "attention.clamp_kqv",
    ];

    private static readonly string[] s_realNames =
    [
        "rope.freq_base", "rope.freq_base_swa", "rope.scaling.factor", "rope.scale_linear", "rope.scaling.attn_factor", "rope.scaling.alpha",
        "attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon", "attn_logit_softcapping", "final_logit_softcapping",
        "attention.scale", "logit_scale", "residual_scale", "rope.scaling.yarn_ext_factor", "rope.scaling.yarn_beta_fast",
    ];

    private static readonly string[] s_tokenKeys =
    [
        "bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id", "unknown_token_id", "seperator_token_id", "padding_token_id",
        "mask_token_id", "cls_token_id", "fim_pre_token_id", "fim_pad_token_id", "prefix_token_id", "token_type_count",
    ];

    private static readonly string[] s_flags = ["add_bos_token", "add_eos_token", "add_sep_token", "add_space_prefix", "remove_extra_whitespaces", "normalizer.lowercase"];

    private static readonly string[] s_splitters =
        ["default", "gpt-2", "gpt-4o", "llama4", "llama-bpe", "falcon3", "pixtral", "tekken", "qwen2", "qwen35", "deepseek-r1-qwen", "smollm", "command-r",
         "deepseek-llm", "deepseek-coder", "deepseek-v3", "dbrx", "smaug-bpe", "starcoder", "refact", "stablelm2", "olmo", "falcon", "mpt", "phi-2",
         "poro-chat", "viking", "exaone4", "gigachat", "mellum", "gemma4", "whitespace", "kimi-k2", "glm4", ""];

    private static readonly uint[] s_types = [0, 1, 2, 3, 6, 7, 8, 9, 10, 12, 14, 16, 19, 20, 23, 24, 26, 28, 29, 30, 34, 35, 39, 40, 41, 42];

    /// <summary>The file that belongs to a seed.</summary>
    public static byte[] Make(ulong seed)
    {
        var random = new RandomWeights(seed);
        var kind = Pick(random, TinyModels.Kinds);
        var architecture = TinyModels.ArchitectureOf(kind);
        var head = Pick(random, (int[])[16, 16, 16, 8, 12, 2, 1, 3, 32, 64]);
        var heads = Pick(random, (int[])[2, 2, 2, 1, 4, 3]);
        var writer = TinyModels.Of(kind, new TinyShape
        {
            Layers = Pick(random, (int[])[1, 2, 3, 4]),
            Heads = heads,
            KvHeads = Pick(random, (int[])[1, heads]),
            HeadSize = head,
            Embedding = Pick(random, (int[])[head * heads, head * heads, 32, 1, 7]),
            FeedForward = Pick(random, (int[])[32, 32, 1, 5, 64]),
            Experts = Pick(random, (int[])[2, 3, 1, 24]),
            ExpertsUsed = Pick(random, (int[])[1, 2, 1]),
            Context = Pick(random, (int[])[64, 1, 300]),
            Vocabulary = Pick(random, (int[])[24, 12, 40, 300]),
            Seed = seed,
        });
        for (var changes = (int)(random.NextBits() % 4); changes > 0; changes--)
        {
            Change(writer, random, architecture);
        }

        return writer.ToArray();
    }

    private static void Change(GgufWriter writer, RandomWeights random, string architecture)
    {
        switch (random.NextBits() % 12)
        {
            case 0 or 1 or 2:
                writer.SetUInt32($"{architecture}.{Pick(random, s_names)}", Pick(random, s_numbers));
                break;
            case 3:
                writer.SetFloat32($"{architecture}.{Pick(random, s_realNames)}", Pick(random, s_reals));
                break;
            case 4:
                writer.SetUInt32($"tokenizer.ggml.{Pick(random, s_tokenKeys)}", Pick(random, s_numbers));
                break;
            case 5:
                writer.SetBool($"tokenizer.ggml.{Pick(random, s_flags)}", random.NextBits() % 2 == 0);
                break;
            case 6:
                writer.SetString("tokenizer.ggml.pre", Pick(random, s_splitters));
                break;
            case 7:
                writer.RemoveKey(Pick(random, writer.Keys));
                break;
            case 8:
                writer.SetString($"{architecture}.rope.scaling.type", Pick(random, (string[])["none", "linear", "yarn", "longrope", "", "x"]));
                break;
            case 9:
                ChangeTokens(writer, random);
                break;
            case 10:
                Retype(writer, random);
                break;
            default:
                ChangeLayers(writer, random, architecture);
                break;
        }
    }

    private static void ChangeLayers(GgufWriter writer, RandomWeights random, string architecture)
    {
        var pattern = $"{architecture}.attention.sliding_window_pattern";
        uint[] layers = [.. Enumerable.Range(0, (int)(random.NextBits() % 5)).Select(_ => (uint)(random.NextBits() % 2))];
        switch (random.NextBits() % 3)
        {
            case 0:
                writer.SetUInt32Array(pattern, layers);
                break;
            case 1:
                writer.SetUInt32(pattern, Pick(random, s_numbers));
                break;
            default:
                writer.SetUInt32Array($"{architecture}.attention.head_count_kv", layers);
                break;
        }
    }

    private static void ChangeTokens(GgufWriter writer, RandomWeights random)
    {
        string[] words = ["a", "b", "", "\0", "<0x0A>", "<0xZZ>", "<|end|>", "</s>", "<mask>", "\u2581", " ", "\n", "<|channel|>", "unused", "\u0120", "<|im_end|>", "[EMPTY_1]", "\U0001F642"];
        var count = Pick(random, (int[])[24, 24, 12, 40, 3, 1]);
        var tokens = Enumerable.Range(0, count).Select(i => random.NextBits() % 3 == 0 ? Pick(random, words) : $"w{i}").ToArray();
        writer.SetStringArray("tokenizer.ggml.tokens", tokens);
        writer.SetInt32Array("tokenizer.ggml.token_type", [.. tokens.Select(_ => (int)(random.NextBits() % 8))]);
    }

    /// <summary>Gives a tensor another type, and its data the size that this takes.</summary>
    private static void Retype(GgufWriter writer, RandomWeights random)
    {
        var name = Pick(random, writer.TensorNames);
        writer.Retype(name, Pick(random, s_types));
    }

    private static T Pick<T>(RandomWeights random, IReadOnlyList<T> from) => from[(int)(random.NextBits() % (ulong)from.Count)];
}
