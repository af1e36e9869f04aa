using System.Globalization;

namespace EdgeBox.Testing.Gguf;

/// <summary>Extents of a model of a few kilobytes.</summary>
public sealed record TinyShape
{
    public int Layers { get; init; } = 1;

    public int Embedding { get; init; } = 32;

    public int Heads { get; init; } = 2;

    public int KvHeads { get; init; } = 1;

    public int HeadSize { get; init; } = 16;

    public int FeedForward { get; init; } = 32;

    public int Experts { get; init; } = 2;

    public int ExpertsUsed { get; init; } = 1;

    public int Context { get; init; } = 64;

    public int Vocabulary { get; init; } = 24;

    /// <summary>0 makes every weight 0, which is quicker.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>Builds a small random model of each architecture that is served, for tests that need many of them.</summary>
public static class TinyModels
{
    private static readonly string[] s_decoders = ["llama", "llama-moe", "llama-spm", "gpt-oss", "qwen2", "qwen3", "qwen3moe", "gemma2", "gemma3", "phi3", "qwen3-rank"];
    private static readonly string[] s_encoders = ["bert", "nomic-bert", "bert-rank"];
    private static readonly string[] s_rankers = ["bert-rank", "qwen3-rank"];

    /// <summary>What Of knows: architectures, llama with experts or a SentencePiece vocabulary, and models that rank.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_decoders, .. s_encoders];

    /// <summary>The architecture of a kind, as in general.architecture.</summary>
    public static string ArchitectureOf(string kind) =>
        kind.StartsWith("llama", StringComparison.Ordinal) ? "llama" : kind.Replace("-rank", "", StringComparison.Ordinal);

    public static GgufWriter Of(string kind, TinyShape? shape = null)
    {
        var s = shape ?? new TinyShape();
        var architecture = ArchitectureOf(kind);
        var hasExperts = kind is "llama-moe" or "gpt-oss" or "qwen3moe";
        var writer = new GgufWriter();
        var vocabulary = WriteTokens(writer, kind, s);
        WriteKeys(writer, architecture, s, hasExperts);
        var builder = new Builder(writer, s, vocabulary, hasExperts);
        if (s_encoders.Contains(kind))
        {
            builder.Encoder(architecture);
        }
        else
        {
            builder.Decoder(architecture);
        }

        if (s_rankers.Contains(kind))
        {
            WriteRankingKeys(writer, architecture);
            builder.RankingHead(architecture);
        }

        return writer;
    }

    private static void WriteRankingKeys(GgufWriter writer, string architecture)
    {
        writer.SetUInt32($"{architecture}.pooling_type", 4).SetStringArray($"{architecture}.classifier.output_labels", ["yes", "no"]);
        if (architecture == "qwen3")
        {
            writer.SetString("tokenizer.chat_template.rerank", "<s>{query}</s>{document}</s>");
        }
    }

    private static void WriteKeys(GgufWriter writer, string architecture, TinyShape s, bool hasExperts)
    {
        var isEncoder = s_encoders.Contains(architecture);
        void Number(string name, int value) => writer.SetUInt32($"{architecture}.{name}", (uint)value);
        writer.SetString("general.architecture", architecture).SetString("general.name", "tiny");
        Number("context_length", s.Context);
        Number("embedding_length", s.Embedding);
        Number("block_count", s.Layers);
        Number("feed_forward_length", s.FeedForward);
        Number("attention.head_count", s.Heads);
        Number("attention.head_count_kv", s.KvHeads);
        Number("attention.key_length", s.HeadSize);
        Number("attention.value_length", s.HeadSize);
        writer.SetFloat32($"{architecture}.attention.layer_norm_{(isEncoder ? "" : "rms_")}epsilon", 1e-5f);
        if (isEncoder)
        {
            writer.SetBool($"{architecture}.attention.causal", false);
            Number("pooling_type", 1);
        }

        if (hasExperts)
        {
            Number("expert_count", s.Experts);
            Number("expert_used_count", s.ExpertsUsed);
            Number("expert_feed_forward_length", s.FeedForward);
        }

        if (architecture is "gpt-oss" or "gemma2" or "gemma3")
        {
            Number("attention.sliding_window", 16);
        }
    }

    private static int WriteTokens(GgufWriter writer, string kind, TinyShape s)
    {
        if (s_encoders.Contains(kind))
        {
            string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range('a', 19).Select(c => "▁" + (char)c)];
            writer
                .SetString("tokenizer.ggml.model", "bert").SetUInt32("tokenizer.ggml.token_type_count", 2)
                .SetStringArray("tokenizer.ggml.tokens", words).SetUInt32("tokenizer.ggml.unknown_token_id", 1)
                .SetUInt32("tokenizer.ggml.bos_token_id", 2).SetUInt32("tokenizer.ggml.seperator_token_id", 3);
            return words.Length;
        }

        if (kind is "llama-spm" or "gemma2")
        {
            string[] tokens =
            [
                "<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")), "▁", "a", "▁a",
            ];
            writer
                .SetString("tokenizer.ggml.model", "llama").SetStringArray("tokenizer.ggml.tokens", tokens)
                .SetFloat32Array("tokenizer.ggml.scores", [.. tokens.Select((_, i) => -(float)i)])
                .SetInt32Array("tokenizer.ggml.token_type", [.. tokens.Select((_, i) => i switch { 0 => 2, < 3 => 3, < 259 => 6, _ => 1 })]);
            return tokens.Length;
        }

        var specials = kind == "gpt-oss" ? ByteLevelTokens.HarmonySpecials.Values.ToArray() : ["<s>", "</s>"];
        var list = ByteLevelTokens.With(specials, s.Vocabulary, 2);
        list.WriteTo(writer, kind == "gpt-oss" ? "gpt-4o" : "llama-bpe");
        writer.SetUInt32("tokenizer.ggml.bos_token_id", list.Id(specials[0])).SetUInt32("tokenizer.ggml.eos_token_id", list.Id(specials[1]));
        return s.Vocabulary;
    }

    /// <summary>Adds the tensors of one model.</summary>
    private sealed class Builder(GgufWriter writer, TinyShape s, int vocabulary, bool hasExperts)
    {
        private int Query => s.Heads * s.HeadSize;

        private int KeyValue => s.KvHeads * s.HeadSize;

        public void Decoder(string architecture)
        {
            Random("token_embd.weight", s.Embedding, vocabulary);
            Ones("output_norm.weight", s.Embedding);
            if (architecture == "gpt-oss")
            {
                Random("output.weight", s.Embedding, vocabulary);
            }

            for (var i = 0; i < s.Layers; i++)
            {
                DecoderBlock(architecture, $"blk.{i}.");
            }
        }

        public void Encoder(string architecture)
        {
            Random("token_embd.weight", s.Embedding, vocabulary);
            Random("token_types.weight", s.Embedding, 2);
            Norm("token_embd_norm");
            if (architecture == "bert")
            {
                Random("position_embd.weight", s.Embedding, s.Context);
            }

            for (var i = 0; i < s.Layers; i++)
            {
                var b = $"blk.{i}.";
                Attention(b);
                Norm(b + "attn_output_norm");
                Norm(b + "layer_output_norm");
                Forward(b, gate: architecture == "nomic-bert");
            }
        }

        /// <summary>A head with one score for each of two labels; BERT has a layer before it.</summary>
        public void RankingHead(string architecture)
        {
            Random("cls.output.weight", s.Embedding, 2);
            if (architecture == "bert")
            {
                Random("cls.weight", s.Embedding, s.Embedding);
                Random("cls.bias", s.Embedding);
                Random("cls.output.bias", 2);
            }
        }

        private void DecoderBlock(string architecture, string b)
        {
            var isGemma = architecture is "gemma2" or "gemma3";
            Ones(b + "attn_norm.weight", s.Embedding);
            Attention(b);
            if (architecture is "qwen3" or "qwen3moe" or "gemma3")
            {
                Ones(b + "attn_q_norm.weight", s.HeadSize);
                Ones(b + "attn_k_norm.weight", s.HeadSize);
            }

            if (isGemma || architecture == "gpt-oss")
            {
                Ones(b + "post_attention_norm.weight", s.Embedding);
            }

            if (isGemma)
            {
                Ones(b + "post_ffw_norm.weight", s.Embedding);
            }

            if (architecture == "gpt-oss")
            {
                Random(b + "attn_output.bias", s.Embedding);
                Random(b + "attn_sinks.weight", s.Heads);
            }
            else
            {
                Ones(b + "ffn_norm.weight", s.Embedding);
            }

            if (hasExperts)
            {
                Experts(b, biases: architecture == "gpt-oss");
            }
            else if (architecture == "phi3")
            {
                Random(b + "ffn_up.weight", s.Embedding, 2 * s.FeedForward);
                Random(b + "ffn_down.weight", s.FeedForward, s.Embedding);
            }
            else
            {
                Forward(b, gate: true);
            }
        }

        private void Attention(string b)
        {
            Random(b + "attn_q.weight", s.Embedding, Query);
            Random(b + "attn_k.weight", s.Embedding, KeyValue);
            Random(b + "attn_v.weight", s.Embedding, KeyValue);
            Random(b + "attn_output.weight", Query, s.Embedding);
        }

        private void Forward(string b, bool gate)
        {
            Random(b + "ffn_up.weight", s.Embedding, s.FeedForward);
            Random(b + "ffn_down.weight", s.FeedForward, s.Embedding);
            if (gate)
            {
                Random(b + "ffn_gate.weight", s.Embedding, s.FeedForward);
            }
        }

        private void Experts(string b, bool biases)
        {
            Random(b + "ffn_gate_inp.weight", s.Embedding, s.Experts);
            Random(b + "ffn_gate_exps.weight", s.Embedding, s.FeedForward, s.Experts);
            Random(b + "ffn_up_exps.weight", s.Embedding, s.FeedForward, s.Experts);
            Random(b + "ffn_down_exps.weight", s.FeedForward, s.Embedding, s.Experts);
            if (biases)
            {
                Random(b + "ffn_gate_inp.bias", s.Experts);
                Random(b + "ffn_gate_exps.bias", s.FeedForward, s.Experts);
                Random(b + "ffn_up_exps.bias", s.FeedForward, s.Experts);
                Random(b + "ffn_down_exps.bias", s.Embedding, s.Experts);
            }
        }

        private void Norm(string name)
        {
            Ones(name + ".weight", s.Embedding);
            Random(name + ".bias", s.Embedding);
        }

        private void Random(string name, params long[] dims) =>
            writer.AddTensor(name, GgmlType.F32, dims, s.Seed == 0 ? Zeros(dims) : RandomWeights.Tensor(s.Seed, name, GgmlType.F32, dims, 0.05f));

        private static Action<Stream> Zeros(long[] dims) => stream => stream.Write(new byte[dims.Aggregate(4L, (a, b) => a * b)]);

        private void Ones(string name, long extent) => writer.AddTensor(name, GgmlType.F32, [extent], RandomWeights.Constant([extent], 1));
    }
}
