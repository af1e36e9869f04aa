using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Models;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class ValidModelTests
{
    public static TheoryData<string> Kinds { get; } = [.. TinyModels.Kinds];

    public static TheoryData<string> Harmless { get; } = [.. HarmlessModels.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Validate_TinyModel_IsAccepted(string kind)
    {
        var summary = Accept(TinyModels.Of(kind));

        Assert.Equal(TinyModels.ArchitectureOf(kind), summary.Architecture);
        Assert.Equal(kind.Contains("bert", StringComparison.Ordinal), summary.IsEncoder);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Validate_HarmlessChange_IsAccepted(string name)
    {
        Accept(HarmlessModels.All.Single(m => m.Name == name).Make());
    }

    [Fact]
    public void Validate_ScriptedModel_IsAccepted()
    {
        var path = Path.GetTempFileName();
        ReadyModels.WriteIntroduction(path);

        var verdict = GgufValidator.Validate(new MemoryStream(File.ReadAllBytes(path)), GgufLimits.Default);
        File.Delete(path);

        Assert.Equal("gpt-oss", Assert.IsType<GgufAccepted>(verdict).Summary.Architecture);
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
                Quantisation = "Q8_0",
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
