using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class ValidModelTests
{
    [Fact]
    public void Validate_RandomGptOss_SummarisesIt()
    {
        var file = RandomModels.GptOss().ToArray();

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
                FileBytes = file.Length,
                Parts = 1,
            },
            summary);
    }

    private static GgufSummary Accept(byte[] file)
    {
        var verdict = GgufValidator.Validate(new MemoryStream(file), GgufLimits.Default);
        return Assert.IsType<GgufAccepted>(verdict).Summary;
    }
}
