using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class ValidModelTests
{
    public static TheoryData<string> Kinds { get; } = [.. TinyModels.Kinds];

    /// <summary>Changes after which a model is still good; each was opened by the engine.</summary>
    public static TheoryData<string, Action<GgufWriter>> Harmless { get; } = new()
    {
        { "llama", w => w.RemoveKey("tokenizer.ggml.pre") },
        { "llama", w => w.RemoveKey("tokenizer.ggml.token_type") },
        { "llama", w => w.RemoveKey("general.name") },
        { "llama", w => w.SetStringArray("tokenizer.ggml.merges", []) },
        { "llama", w => w.SetString("general.type", "model") },
        { "llama", w => w.SetString("llama.rope.scaling.type", "none") },
        { "llama", w => w.SetString("llama.rope.scaling.type", "yarn").SetFloat32("llama.rope.scaling.factor", 0) },
        { "llama", w => w.SetUInt32("llama.expert_count", 0).SetUInt32("llama.expert_used_count", 0) },
        { "llama", w => w.SetUInt32("llama.nextn_predict_layers", 0) },
        { "llama", w => w.SetUInt32("llama.embedding_length_out", 32) },
        { "llama", w => w.SetUInt32("llama.rope.dimension_count", 16) },
        { "llama", w => w.RemoveKey("llama.attention.key_length").RemoveKey("llama.attention.value_length") },
        { "llama", w => w.SetUInt32Array("llama.attention.head_count", [2]) },
        { "llama", w => w.SetInt32Array("llama.attention.head_count_kv", [1]) },
        { "llama", w => w.SetBool("llama.attention.causal", true) },
        { "llama", w => w.SetUInt32("llama.pooling_type", 3) },
        { "llama", w => w.SetUInt32("llama.context_length", 1 << 24) },
        { "llama", w => w.SetFloat32("llama.attention.layer_norm_rms_epsilon", 0) },
        { "llama", w => w.SetBool("tokenizer.ggml.add_bos_token", false).RemoveKey("tokenizer.ggml.bos_token_id") },
        { "llama", w => w.AddTensor("rope_freqs.weight", GgmlType.F32, [8], new byte[32]) },
        { "llama", w => w.SetString("llama.rope.scaling.type", "longrope").AddTensor("rope_factors_long.weight", GgmlType.F32, [8], new byte[32]) },
        { "llama", w => w.AddTensor("blk.0.ffn_up.bias", GgmlType.F32, [32], new byte[128]) },
        { "llama", w => w.AddTensor("output.weight", GgmlType.F16, [32, 24], new byte[1536]) },
        { "llama", w => w.SetUInt8("x.some_byte", 7).SetUInt64("x.large", ulong.MaxValue).SetFloat32Array("x.reals", [1, 2]) },
        { "llama", w => w.Alignment = 64 },
        { "llama", w => w.Version = 2 },
        { "llama-spm", w => w.RemoveKey("tokenizer.ggml.scores") },
        { "gpt-oss", w => w.SetUInt32("gpt-oss.attention.sliding_window_pattern", 0) },
        { "gpt-oss", w => w.SetInt32Array("gpt-oss.attention.sliding_window_pattern", [1]) },
        { "gpt-oss", w => w.SetUInt32("gpt-oss.expert_used_count", 2) },
        { "gemma2", w => w.RemoveKey("gemma2.attention.sliding_window") },
        { "gemma3", w => w.SetUInt32("gemma3.attention.sliding_window", 0) },
        { "qwen2", w => w.AddTensor("output.bias", GgmlType.F32, [24], new byte[96]) },
        { "qwen3", w => w.AddTensor("cls.output.weight", GgmlType.F32, [32, 1], new byte[128]).SetUInt32("qwen3.pooling_type", 4) },
        { "qwen3moe", w => w.RemoveKey("qwen3moe.expert_feed_forward_length") },
        { "phi3", w => w.SetUInt32("phi3.rope.dimension_count", 8) },
        { "phi3", w => w.SetUInt32("phi3.attention.sliding_window", 2047) },
        { "bert", w => w.RemoveTensor("token_types.weight") },
        { "bert", w => w.RemoveKey("bert.attention.causal").SetUInt32("bert.rope.dimension_count", 7) },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Validate_TinyModel_IsAccepted(string kind)
    {
        var summary = Accept(TinyModels.Of(kind));

        Assert.Equal(kind.StartsWith("llama", StringComparison.Ordinal) ? "llama" : kind, summary.Architecture);
        Assert.Equal(kind.Contains("bert", StringComparison.Ordinal), summary.IsEncoder);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Validate_HarmlessChange_IsAccepted(string kind, Action<GgufWriter> change)
    {
        var model = TinyModels.Of(kind);
        change(model);

        Accept(model);
    }

    [Fact]
    public void Validate_RandomGptOss_SummarisesIt()
    {
        var file = RandomModels.GptOss();

        var summary = Accept(file);

        Assert.Equal(
            new GgufSummary
            {
                Architecture = "gpt-oss",
                Name = "random gpt-oss",
                Parameters = 237008,
                ContextLength = 4096,
                BlockCount = 2,
                EmbeddingLength = 64,
                VocabularySize = 288,
                HeadCount = 4,
                KeyValueHeadCount = 2,
                KeyLength = 64,
                ValueLength = 64,
                SlidingWindow = 128,
                WindowedBlockCount = 1,
                ExpertCount = 4,
                ExpertUsedCount = 2,
                FileType = null,
                IsEncoder = false,
                Pooling = null,
                ChatTemplate = null,
                TokenizerModel = "gpt2",
                TokenizerPre = "gpt-4o",
                TensorBytes = 209984,
                DataOffset = 7904,
                FileBytes = 217952,
                Parts = 1,
            },
            summary);
    }

    [Fact]
    public void Validate_RandomLlamaThatSaysMore_SummarisesIt()
    {
        var file = RandomModels.Llama(new LlamaShape { ChatTemplate = new string('x', 5000) }).SetUInt32("general.file_type", 7).SetUInt32("llama.pooling_type", 3);

        var summary = Accept(file);

        Assert.Equal(("llama", 2048, 64, 272, 4, 2, 16, 0, 0), (
            summary.Architecture, summary.ContextLength, summary.EmbeddingLength, summary.VocabularySize, summary.HeadCount,
            summary.KeyValueHeadCount, summary.KeyLength, summary.ExpertCount, summary.SlidingWindow));
        Assert.Equal((7u, 3u, 5000, 108864L), (summary.FileType, summary.Pooling, summary.ChatTemplate!.Length, summary.Parameters));
    }

    [Theory]
    [InlineData("gemma2", 4, null, 2)]
    [InlineData("gemma3", 7, null, 6)]
    [InlineData("gpt-oss", 5, null, 3)]
    [InlineData("gpt-oss", 4, 0u, 4)]
    [InlineData("gpt-oss", 4, 4u, 3)]
    public void Validate_WindowPattern_CountsTheWindowedLayers(string kind, int layers, uint? pattern, int windowed)
    {
        var model = TinyModels.Of(kind, new TinyShape { Layers = layers });
        if (pattern is { } value)
        {
            model.SetUInt32($"{kind}.attention.sliding_window_pattern", value);
        }

        Assert.Equal(windowed, Accept(model).WindowedBlockCount);
    }

    [Fact]
    public void Validate_WindowPatternOfBooleans_CountsTheWindowedLayers()
    {
        var model = TinyModels.Of("gpt-oss", new TinyShape { Layers = 3 });
        model.SetRaw("gpt-oss.attention.sliding_window_pattern", 9, [7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);

        Assert.Equal(2, Accept(model).WindowedBlockCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Validate_FusedAttention_IsAccepted(bool hasBias)
    {
        var model = TinyModels.Of("phi3");
        foreach (var part in (string[])["attn_q", "attn_k", "attn_v"])
        {
            model.RemoveTensor($"blk.0.{part}.weight");
        }

        model.AddTensor("blk.0.attn_qkv.weight", GgmlType.F32, [32, 64], new byte[32 * 64 * 4]);
        model.AddTensor(hasBias ? "blk.0.attn_qkv.bias" : "blk.0.attn_k.bias", GgmlType.F32, [hasBias ? 64 : 16], new byte[hasBias ? 256 : 64]);

        Accept(model);
    }

    private static GgufSummary Accept(GgufWriter model)
    {
        var verdict = GgufValidator.Validate(new MemoryStream(model.ToArray()), GgufLimits.Default);
        return verdict is GgufRejected rejected ? throw new InvalidOperationException(rejected.ToString()) : ((GgufAccepted)verdict).Summary;
    }
}
