namespace EdgeBox.Trust.Gguf;

/// <summary>The tensors of the architectures that make embeddings.</summary>
internal static class GgufEncoders
{
    public static void Bert(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        rules.Matrix("position_embd.weight", s.Embedding, s.Context);
        rules.MaybeMatrix("cls.weight", s.Embedding, s.Embedding);
        rules.MaybePlain("cls.bias", s.Embedding);
        rules.MaybeMatrix("cls.output.weight", s.Embedding, s.Classes);
        rules.MaybePlain("cls.output.bias", s.Classes);
        for (var i = 0; i < s.Layers; i++)
        {
            Block(rules, s, $"blk.{i}.");
        }
    }

    public static void NomicBert(GgufTensorRules rules, GgufShape s)
    {
        Ends(rules, s);
        for (var i = 0; i < s.Layers; i++)
        {
            var b = $"blk.{i}.";
            Block(rules, s, b);
            rules.Matrix(b + "ffn_gate.weight", s.Embedding, s.FeedForward);
        }
    }

    private static void Ends(GgufTensorRules rules, GgufShape s)
    {
        rules.Matrix("token_embd.weight", s.Embedding, s.Vocabulary);
        rules.MaybePlain("token_types.weight", s.Embedding, s.TokenTypes);
        Norm(rules, s, "token_embd_norm");
    }

    private static void Block(GgufTensorRules rules, GgufShape s, string b)
    {
        rules.Attention(b, s.Embedding, s.Query, s.KeyValue);
        rules.Matrix(b + "attn_output.weight", s.Embedding, s.Embedding);
        rules.MaybePlain(b + "attn_output.bias", s.Embedding);
        Norm(rules, s, b + "attn_output_norm");
        rules.Matrix(b + "ffn_up.weight", s.Embedding, s.FeedForward);
        rules.MaybePlain(b + "ffn_up.bias", s.FeedForward);
        rules.Matrix(b + "ffn_down.weight", s.FeedForward, s.Embedding);
        rules.MaybePlain(b + "ffn_down.bias", s.Embedding);
        Norm(rules, s, b + "layer_output_norm");
    }

    private static void Norm(GgufTensorRules rules, GgufShape s, string name)
    {
        rules.Plain(name + ".weight", s.Embedding);
        rules.Plain(name + ".bias", s.Embedding);
    }
}
