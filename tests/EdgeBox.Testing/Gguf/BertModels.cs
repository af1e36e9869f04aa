namespace EdgeBox.Testing.Gguf;

/// <summary>Extents of a random model of the BERT family; the defaults load in milliseconds.</summary>
public sealed record BertShape
{
    public int Layers { get; init; } = 2;

    /// <summary>Numbers of one embedding.</summary>
    public int Embedding { get; init; } = 64;

    public int Heads { get; init; } = 4;

    public int FeedForward { get; init; } = 128;

    /// <summary>Longest input in tokens.</summary>
    public int Context { get; init; } = 512;

    /// <summary>llama.cpp's pooling: 0 none, 1 mean, 2 first token, 3 last token, 4 a score of the first token; null: the file does not say.</summary>
    public uint? Pooling { get; init; } = 1;

    /// <summary>Scores of a model that ranks.</summary>
    public int Classes { get; init; } = 1;

    public ulong Seed { get; init; } = 1;

    public string Name { get; init; } = "random bert";
}

/// <summary>Builds models that make vectors or rank, with random weights and a WordPiece vocabulary of single characters.</summary>
public static class BertModels
{
    private const float Deviation = 0.05f;

    private const uint Rank = 4;

    private static readonly string[] s_specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Learned positions, plain feed-forward layers.</summary>
    public static GgufWriter Bert(BertShape? shape = null) => Of("bert", shape ?? new BertShape());

    /// <summary>Rotated positions, gated feed-forward layers.</summary>
    public static GgufWriter NomicBert(BertShape? shape = null) => Of("nomic-bert", shape ?? new BertShape { Name = "random nomic-bert" });

    /// <summary>BERT with a classification head; its scores differ enough to be told apart.</summary>
    public static GgufWriter Ranker(BertShape? shape = null) => Of("bert", (shape ?? new BertShape { Name = "random ranker" }) with { Pooling = Rank });

    private static GgufWriter Of(string architecture, BertShape s)
    {
        var characters = Enumerable.Range(33, 94).Select(c => ((char)c).ToString()).ToArray();
        string[] tokens = [.. s_specials, .. characters.Select(c => "▁" + c), .. characters, "▁the", "▁and", "▁hello", "▁world", "ing", "er"];
        var writer = new GgufWriter()
            .SetString("general.architecture", architecture)
            .SetString("general.name", s.Name)
            .SetUInt32($"{architecture}.context_length", (uint)s.Context)
            .SetUInt32($"{architecture}.embedding_length", (uint)s.Embedding)
            .SetUInt32($"{architecture}.block_count", (uint)s.Layers)
            .SetUInt32($"{architecture}.feed_forward_length", (uint)s.FeedForward)
            .SetUInt32($"{architecture}.attention.head_count", (uint)s.Heads)
            .SetFloat32($"{architecture}.attention.layer_norm_epsilon", 1e-12f)
            .SetBool($"{architecture}.attention.causal", false)
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
        if (s.Pooling is { } pooling)
        {
            writer.SetUInt32($"{architecture}.pooling_type", pooling);
        }

        if (s.Pooling == Rank && s.Classes != 1)
        {
            writer.SetStringArray($"{architecture}.classifier.output_labels", [.. Enumerable.Range(0, s.Classes).Select(i => $"label {i}")]);
        }

        AddTensors(writer, s, tokens.Length, isNomic: architecture == "nomic-bert");
        return writer;
    }

    private static void AddTensors(GgufWriter writer, BertShape s, int vocabulary, bool isNomic)
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
        Norm("token_embd_norm");
        if (!isNomic)
        {
            Weights("position_embd.weight", s.Embedding, s.Context);
        }

        if (s.Pooling == Rank)
        {
            Linear("cls", s.Embedding, s.Embedding);
            Linear("cls.output", s.Embedding, s.Classes);
        }

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
            if (isNomic)
            {
                Weights(b + "ffn_gate.weight", s.Embedding, s.FeedForward);
            }

            Norm(b + "layer_output_norm");
        }
    }
}
