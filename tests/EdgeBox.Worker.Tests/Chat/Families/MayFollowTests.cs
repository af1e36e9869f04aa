using System.Text;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>What may come next where the form of an answer is enforced.</summary>
public sealed class MayFollowTests
{
    private const string Call = "<tool_call>{\"name\": \"find-it\"}</tool_call>";

    private static readonly string[] s_spelt = ["<think>", "</think>", "<tool_call>", "</tool_call>"];

    /// <summary>A family, what was read, and what may come then and what may not; signs are tokens.</summary>
    [Theory]
    [InlineData("qwen3", "", "<think> <tool_call>", "x <|im_end|> </think> </tool_call> {")]
    [InlineData("qwen3", "<think>", "x </think> <tool_call>", "")]
    [InlineData("qwen3", "<think>a</think>", "⏎ ⏎⏎ <tool_call>", "⏎⏎⏎ x ⏎x <think> <|im_end|>")]
    [InlineData("qwen3", "<think>a</think>⏎", "⏎ <tool_call>", "⏎⏎ x")]
    [InlineData("qwen3", "<tool_call>", "x { </tool_call>", "")]
    [InlineData("qwen3", Call, "<tool_call> ⏎ <|im_end|> <|endoftext|>", "x <think> </tool_call>")]
    [InlineData("qwen3", Call + "⏎⏎", "<tool_call> <|im_end|>", "⏎ x")]
    [InlineData("qwen3", Call + "<|im_end|>", "<|im_end|> <|endoftext|>", "x ⏎ <tool_call> <think>")]
    [InlineData("qwen3", "Hi", "", "x <tool_call> <|im_end|>")]
    [InlineData("llama3.1", "", "{ {\"na", "x {\"x <|python_tag|> <|eot_id|>")]
    [InlineData("llama3.1", "{", "\"name \"name\":", "x {")]
    [InlineData("llama3.1", "{\"name\":·\"", "find x", "")]
    [InlineData("llama3.1", "{\"name\":·\"find-it\"}<|eot_id|>", "<|eot_id|> <|eom_id|>", "x {")]
    [InlineData("mistral-v11", "", "[TOOL_CALLS]", "x </s> [ARGS]")]
    [InlineData("mistral-v11", "[TOOL_CALLS]", "find find-it get_", "x find-itx [ARGS] [CALL_ID] </s>")]
    [InlineData("mistral-v11", "[TOOL_CALLS]find", "-it", "x [ARGS] [CALL_ID]")]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it", "[ARGS] [CALL_ID]", "x </s>")]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it[CALL_ID]", "aB3 abcdefgh1", "abcdefghij a-b [ARGS] </s>")]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it[CALL_ID]abcdefgh", "1", "12 - [ARGS]")]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it[CALL_ID]abcdefgh1", "[ARGS]", "2 </s> [CALL_ID]")]
    [InlineData("mistral-v13", "[TOOL_CALLS]find-it", "[ARGS]", "x [CALL_ID]")]
    public void MayFollow_EveryPlace_LetsWhatTheFormHas(string name, string read, string may, string mayNot) => Hold(name, [], read, may, mayNot);

    [Theory]
    [InlineData("", "< <th <think> <tool_call", "<x <think>x x")]
    [InlineData("<", "th think> tool", "x <")]
    [InlineData("<t", "hink ool_call>", "ool_call>x x")]
    [InlineData("<think>", "x <", "")]
    [InlineData("<think>a</think>", "⏎ < <tool", "<think")]
    [InlineData("<think>a</think><", "tool", "⏎ think")]
    [InlineData(Call, "⏎ < <|im_end|>", "x <think>")]
    [InlineData(Call + "<", "tool_call>", "⏎ x <|im_end|>")]
    public void MayFollow_SignsThatAreSpelt_MayComePieceByPiece(string read, string may, string mayNot) => Hold("qwen3", s_spelt, read, may, mayNot);

    [Fact]
    public void MayFollow_AnswerThatIsConstrained_LetsThoughtsAndCallsBeginOnly()
    {
        var reader = SampleFormats.Of("qwen3").Read(new Conversation([]) { Tools = [SampleConversations.Find] });
        Assert.Equal(AnswerPlace.Answer, reader.Place);
        Assert.True(reader.MayFollow(SampleSigns.Id("<think>"), []));
        Assert.True(reader.MayFollow(SampleSigns.Id("<tool_call>"), []));
        Assert.False(reader.MayFollow(0, "{"u8));
        Assert.False(reader.MayFollow(SampleSigns.Id("<|im_end|>"), []));
        reader.Read(0, "{"u8, new Heard());
        Assert.False(reader.MayFollow(SampleSigns.Id("<tool_call>"), []));
    }

    [Fact]
    public void MayFollow_BehindThinking_LetsABreakBe()
    {
        var reader = SampleFormats.Of("qwq").Read(new Conversation([]));
        Assert.Equal(AnswerPlace.Reasoning, reader.Place);
        reader.Read(SampleSigns.Id("</think>"), [], new Heard());
        Assert.Equal(AnswerPlace.Answer, reader.Place);
        Assert.True(reader.MayFollow(0, "\n\n"u8));
        Assert.False(reader.MayFollow(0, "\n\n\n"u8));
        reader.Read(0, "\n\n"u8, new Heard());
        Assert.False(reader.MayFollow(0, "\n"u8));
    }

    [Fact]
    public void MayFollow_NoCallIsWanted_LetsNoneBegin()
    {
        var reader = SampleFormats.Of("qwen2.5").Read(new Conversation([]) { Tools = [SampleConversations.Find], CallMode = CallMode.None });
        Assert.Equal(AnswerPlace.Answer, reader.Place);
        Assert.False(reader.MayFollow(SampleSigns.Id("<tool_call>"), []));
    }

    [Fact]
    public void MayFollow_OneToolIsToBeCalled_LetsNoOtherNameBe()
    {
        var reader = SampleFormats.Of("mistral-v13").Read(new Conversation([])
        {
            Tools = [SampleConversations.Weather, SampleConversations.Find], CallMode = CallMode.Required, CalledTool = "find-it",
        });
        Assert.Equal(AnswerPlace.Structure, reader.Place);
        Assert.True(reader.MayFollow(0, "find"u8));
        Assert.False(reader.MayFollow(0, "get"u8));
        Assert.False(reader.MayFollow(SampleSigns.Id("[ARGS]"), []));
        reader.Read(0, "find-it"u8, new Heard());
        Assert.True(reader.MayFollow(SampleSigns.Id("[ARGS]"), []));
        reader.Read(SampleSigns.Id("[ARGS]"), [], new Heard());
        Assert.Equal((AnswerPlace.Call, "find-it"), (reader.Place, reader.Tool));
    }

    [Fact]
    public void Place_BareCallWhoseBeginningATokenReachesOver_IsHeldToNoRule()
    {
        var reader = SampleFormats.Of("llama3.1").Read(new Conversation([]) { Tools = [SampleConversations.Find] });
        reader.Read(0, "{\"name\": \"fi"u8, new Heard());
        Assert.Equal(AnswerPlace.Structure, reader.Place);
        Assert.True(reader.MayFollow(0, "nd"u8));
    }

    private static void Hold(string name, string[] spelt, string read, string may, string mayNot)
    {
        foreach (var (pieces, expected) in new[] { (may, true), (mayNot, false) })
        {
            foreach (var piece in pieces.Replace('⏎', '\n').Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var reader = SampleFormats.Of(name, spelt).Read(new Conversation([]) { Tools = [SampleConversations.Weather, SampleConversations.Find] });
                var heard = new Heard();
                foreach (var (token, bytes) in Streams.Tokens(read.Replace('⏎', '\n').Replace('·', ' '), spelt, shown: false))
                {
                    reader.Read(token, bytes, heard);
                }

                var isSign = SampleSigns.All.Contains(piece) && !spelt.Contains(piece);
                Assert.True(expected == reader.MayFollow(isSign ? SampleSigns.Id(piece) : 0, isSign ? [] : Encoding.UTF8.GetBytes(piece)), $"{piece}, {expected}");
            }
        }
    }
}
