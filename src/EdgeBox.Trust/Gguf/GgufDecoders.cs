namespace EdgeBox.Trust.Gguf;

/// <summary>The tensors of the architectures that make text.</summary>
internal static class GgufDecoders
{
    public static void Llama(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        LongRope(rules, s, s.IsLongRope);
        for (var i = 0; i < s.Layers; i++)
        {
            var b = Block(i);
            Entry(rules, s, b);
            rules.MaybePlain(b + "attn_output.bias", s.Embedding);
            rules.Plain(b + "ffn_norm.weight", s.Embedding);
            if (s.Experts == 0)
            {
                Gated(rules, s, b);
                rules.MaybePlain(b + "ffn_gate.bias", s.FeedForward);
                rules.MaybePlain(b + "ffn_down.bias", s.Embedding);
                rules.MaybePlain(b + "ffn_up.bias", s.FeedForward);
            }
            else
            {
                Experts(rules, s, b);
            }
        }
    }

    public static void GptOss(GgufTensorRules rules, GgufShape s)
    {
        rules.Matrix("token_embd.weight", s.Embedding, s.Vocabulary);
        rules.Plain("output_norm.weight", s.Embedding);
        rules.Matrix("output.weight", s.Embedding, s.Vocabulary);
        for (var i = 0; i < s.Layers; i++)
        {
            var b = Block(i);
            Entry(rules, s, b);
            rules.Plain(b + "attn_output.bias", s.Embedding);
            rules.Plain(b + "attn_sinks.weight", s.Heads);
            rules.Plain(b + "post_attention_norm.weight", s.Embedding);
            Experts(rules, s, b);
            rules.Plain(b + "ffn_gate_inp.bias", s.Experts);
            rules.Plain(b + "ffn_gate_exps.bias", s.ExpertFeedForward, s.Experts);
            rules.Plain(b + "ffn_down_exps.bias", s.Embedding, s.Experts);
            rules.Plain(b + "ffn_up_exps.bias", s.ExpertFeedForward, s.Experts);
        }
    }

    public static void Qwen2(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        rules.MaybePlain("output.bias", s.Vocabulary);
        for (var i = 0; i < s.Layers; i++)
        {
            var b = Block(i);
            Entry(rules, s, b);
            rules.Plain(b + "ffn_norm.weight", s.Embedding);
            Gated(rules, s, b);
        }
    }

    public static void Qwen3(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        if (s.Experts == 0)
        {
            rules.MaybeMatrix("cls.output.weight", s.Embedding, s.Classes);
        }

        for (var i = 0; i < s.Layers; i++)
        {
            var b = Block(i);
            Entry(rules, s, b);
            HeadNorms(rules, s, b);
            rules.Plain(b + "ffn_norm.weight", s.Embedding);
            if (s.Experts == 0)
            {
                Gated(rules, s, b);
            }
            else
            {
                Experts(rules, s, b);
            }
        }
    }

    public static void Gemma2(GgufTensorRules rules, GgufShape s)
    {
        rules.Matrix("token_embd.weight", s.Embedding, s.Vocabulary);
        rules.Plain("output_norm.weight", s.Embedding);
        for (var i = 0; i < s.Layers; i++)
        {
            Gemma(rules, s, Block(i));
        }
    }

    public static void Gemma3(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        for (var i = 0; i < s.Layers; i++)
        {
            Gemma(rules, s, Block(i));
            HeadNorms(rules, s, Block(i));
        }
    }

    public static void Phi3(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        LongRope(rules, s, isLong: true);
        for (var i = 0; i < s.Layers; i++)
        {
            var b = Block(i);
            Entry(rules, s, b);
            rules.Plain(b + "ffn_norm.weight", s.Embedding);
            rules.Matrix(b + "ffn_down.weight", s.FeedForward, s.Embedding);
            rules.Matrix(b + "ffn_up.weight", s.Embedding, 2L * s.FeedForward);
        }
    }

    private static string Block(int i) => $"blk.{i}.";

    /// <summary>Embedding and output; without an output matrix the embedding serves for it.</summary>
    private static void Ends(GgufTensorRules rules, GgufShape s)
    {
        rules.Matrix("token_embd.weight", s.Embedding, s.Vocabulary);
        rules.Plain("output_norm.weight", s.Embedding);
        rules.MaybeMatrix("output.weight", s.Embedding, s.Vocabulary);
    }

    private static void Entry(GgufTensorRules rules, GgufShape s, string b)
    {
        rules.Plain(b + "attn_norm.weight", s.Embedding);
        rules.Attention(b, s.Embedding, s.Query, s.KeyValue);
        rules.Matrix(b + "attn_output.weight", s.Query, s.Embedding);
    }

    private static void HeadNorms(GgufTensorRules rules, GgufShape s, string b)
    {
        rules.Plain(b + "attn_k_norm.weight", s.HeadSize);
        rules.Plain(b + "attn_q_norm.weight", s.HeadSize);
    }

    private static void Gemma(GgufTensorRules rules, GgufShape s, string b)
    {
        Entry(rules, s, b);
        rules.Plain(b + "post_attention_norm.weight", s.Embedding);
        rules.Plain(b + "ffn_norm.weight", s.Embedding);
        Gated(rules, s, b);
        rules.Plain(b + "post_ffw_norm.weight", s.Embedding);
    }

    private static void Gated(GgufTensorRules rules, GgufShape s, string b)
    {
        rules.Matrix(b + "ffn_gate.weight", s.Embedding, s.FeedForward);
        rules.Matrix(b + "ffn_down.weight", s.FeedForward, s.Embedding);
        rules.Matrix(b + "ffn_up.weight", s.Embedding, s.FeedForward);
    }

    private static void Experts(GgufTensorRules rules, GgufShape s, string b)
    {
        rules.Matrix(b + "ffn_gate_inp.weight", s.Embedding, s.Experts);
        rules.Matrix(b + "ffn_gate_exps.weight", s.Embedding, s.ExpertFeedForward, s.Experts);
        rules.Matrix(b + "ffn_down_exps.weight", s.ExpertFeedForward, s.Embedding, s.Experts);
        rules.Matrix(b + "ffn_up_exps.weight", s.Embedding, s.ExpertFeedForward, s.Experts);
    }

    private static void LongRope(GgufTensorRules rules, GgufShape s, bool isLong)
    {
        if (isLong)
        {
            rules.MaybePlain("rope_factors_long.weight", s.Rotary / 2);
            rules.MaybePlain("rope_factors_short.weight", s.Rotary / 2);
        }
        else
        {
            rules.MaybePlain("rope_freqs.weight", s.Rotary / 2);
        }
    }
}
