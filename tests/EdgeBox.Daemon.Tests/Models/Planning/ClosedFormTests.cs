using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Trust.Gguf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Models.Planning;

public sealed class ClosedFormTests
{
    /// <summary>gpt-oss 120b: 36 layers, every other with a window of 128; 36,864 bytes a token in those without.</summary>
    internal static GgufSummary GptOss120B { get; } = new()
    {
        Architecture = "gpt-oss", Parameters = 116_800_000_000, ContextLength = 131_072, BlockCount = 36, EmbeddingLength = 2880, VocabularySize = 201_088,
        HeadCount = 64, KeyValueHeadCount = 8, KeyLength = 64, ValueLength = 64, SlidingWindow = 128, WindowedBlockCount = 18, ExpertCount = 128,
        ExpertUsedCount = 4, IsEncoder = false, TokenizerModel = "gpt2", Quantisation = "MXFP4", TensorBytes = 63_400_000_000, DataOffset = 0, FileBytes = 63_500_000_000, Parts = 1,
    };

    [Fact]
    public void CacheBytes_EightSlotsOfGptOss120B_IsTheFullLayersAndAWindowForEachSequence()
    {
        var context = new Wire.PlannedContext { Cells = 8 * 16_384, Sequences = 24, StepTokens = 296 };

        var bytes = ClosedForm.CacheBytes(GptOss120B, [context]);

        // 24 windows of 128 and a step are 3,368 cells, padded to 3,584.
        Assert.Equal((8L * 16_384 * 36_864) + (3_584L * 36_864), bytes);
    }

    [Theory]
    [InlineData(63_400_000_000, 1.0, null)]
    [InlineData(63_399_999_999, 1.0, "weights of 63399999999 bytes")]
    [InlineData(70_000_000_000, 1.0, "weights of 70000000000 bytes")]
    [InlineData(63_400_000_000, 1.02, "a KV cache of")]
    [InlineData(63_400_000_000, 0.98, "a KV cache of")]
    public void Dispute_EngineAgainstTheTable_IsToldBeyondItsBounds(long weights, double cacheFactor, string? expected)
    {
        var context = new Wire.PlannedContext { Cells = 8192, Sequences = 9, StepTokens = 269 };
        var cache = ClosedForm.CacheBytes(GptOss120B, [context]);
        var planned = new Wire.Planned
        {
            Contexts = { context },
            Memories =
            {
                new Wire.PlannedMemory { Device = "host", WeightBytes = 1_000_000_000 },
                new Wire.PlannedMemory { Device = "CUDA0", WeightBytes = (ulong)weights - 1_000_000_000, CacheBytes = (ulong)(cache * cacheFactor) },
            },
        };

        var dispute = ClosedForm.Dispute(GptOss120B, planned);

        Assert.Equal(expected is null, dispute is null);
        Assert.StartsWith(expected ?? "", dispute ?? "", StringComparison.Ordinal);
    }
}
