using EdgeBox.Worker.Chat;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>All that a reader tells of a stream: thoughts, answer, calls, oddities and messages.</summary>
public sealed class ReaderOutcomeTests
{
    private const string Call = "<tool_call>{\"name\": \"find-it\"}</tool_call>";

    private static readonly string[] s_spelt = ["<think>", "</think>", "<tool_call>", "</tool_call>"];

    private static Conversation Free { get; } = new([]) { Tools = [SampleConversations.Weather, SampleConversations.Find] };

    private static Conversation Required { get; } = Free with { CallMode = CallMode.Required };

    [Theory]
    [InlineData("Hi<think>a</think>b", "a", "Hib", 0, "thinking_out_of_place", 3)]
    [InlineData("<think>a<think>b</think>c", "ab", "c", 0, "thinking_out_of_place", 2)]
    [InlineData("Hi<|im_end|><think>a", "", "Hia", 0, "thinking_out_of_place text_after_end", 2)]
    [InlineData("<think>\n\na\nb\n</think>\n\nc", "a\nb", "c", 0, "", 2)]
    [InlineData("<think>a\n<|im_end|>", "a", "", 0, "", 1)]
    [InlineData("Hi\n<|im_end|>", "", "Hi\n", 0, "", 1)]
    [InlineData("Hi\n" + Call, "", "Hi", 1, "", 1)]
    [InlineData(Call + "\n" + Call + "\n<|im_end|>", "", "", 2, "", 0)]
    [InlineData(Call + "<think>a</think>b", "a", "b", 1, "", 2)]
    [InlineData("<think>x<tool_call>{\"name\": \"find-it\"}</think>", "x", "", 1, "call_not_closed call_in_thinking", 1)]
    [InlineData("<think>x<tool_call>y</think>z", "x<tool_call>y", "z", 0, "call_unfinished", 2)]
    [InlineData("<tool_call>x<tool_call>{\"name\": \"find-it\"}</tool_call>", "", "<tool_call>x", 1, "call_malformed", 1)]
    [InlineData("<tool_call>{\"name\": \"find-it\"}" + Call, "", "", 2, "call_not_closed", 0)]
    [InlineData("<tool_call>x<|im_end|>", "", "<tool_call>x", 0, "call_unfinished", 1)]
    [InlineData("<tool_call>x</tool_call>y", "", "<tool_call>x</tool_call>y", 0, "call_malformed", 1)]
    public void Read_SignsInAnyOrder_AreToldApart(string text, string reasoning, string answer, int calls, string oddities, int messages)
    {
        var heard = Streams.Read(SampleFormats.Of("qwen3").Read(Free), Streams.Tokens(text));
        Assert.Equal((reasoning, answer, calls, oddities, messages), (heard.Reasoning, heard.Answer, heard.Calls.Count, string.Join(' ', heard.Oddities), heard.Messages));
    }

    [Theory]
    [InlineData("Hi <<|im_end|>", "", "Hi <")]
    [InlineData("Hi <tool", "", "Hi <tool")]
    [InlineData("<think>a</thi", "a</thi", "")]
    [InlineData("Hi</think>x</tool_call>y<think>z", "", "Hi</think>x</tool_call>y<think>z")]
    [InlineData("<think>a<think>b<tool_call></think>c", "a<think>b<tool_call>", "c")]
    public void Read_SignsThatAreSpelt_AreTextWhereTheyMeanNothing(string text, string reasoning, string answer)
    {
        var heard = Streams.Read(SampleFormats.Of("qwen3", s_spelt).Read(Free), Streams.Tokens(text, s_spelt));
        Assert.Equal((reasoning, answer), (heard.Reasoning, heard.Answer));
        Assert.Empty(heard.Oddities);
    }

    [Fact]
    public void Read_SignsInTheArgumentsOfACall_AreTheirText()
    {
        var heard = Streams.Read(
            SampleFormats.Of("qwen3").Read(Free), Streams.Tokens("<tool_call>{\"name\": \"find-it\", \"arguments\": {\"a\": \"<think></think>\"}}</tool_call>"));
        Assert.Equal([("find-it", "{\"a\": \"<think></think>\"}")], heard.Calls);
    }

    [Fact]
    public void Read_CallWhereThereAreNoTools_IsText()
    {
        var heard = Streams.Read(SampleFormats.Of("qwen3").Read(new Conversation([])), Streams.Tokens(Call));
        Assert.Equal((Call, 0, "call_not_wanted"), (heard.Answer, heard.Calls.Count, heard.Oddities.Single()));
    }

    [Theory]
    [InlineData("llama3.1", "find-it\", \"parameters\": {\"a\": 1}}<|eot_id|>", "", 1, "")]
    [InlineData("llama3.1", "find it<|eot_id|>", "{\"name\": \"find it", 0, "")]
    [InlineData("qwen2.5", "{\"name\": \"find-it\"}</tool_call>", "", 1, "")]
    [InlineData("qwen2.5", "x</tool_call>", "<tool_call>x</tool_call>", 0, "call_malformed")]
    public void Read_CallThatThePromptBegan_IsGoneOnWith(string name, string text, string answer, int calls, string oddities)
    {
        var reader = SampleFormats.Of(name).Read(Required);
        Assert.Equal(AnswerPlace.Call, reader.Place);
        var heard = Streams.Read(reader, Streams.Tokens(text));
        Assert.Equal((answer, calls, oddities), (heard.Answer, heard.Calls.Count, string.Join(' ', heard.Oddities)));
    }

    [Theory]
    [InlineData("", AnswerPlace.Structure)]
    [InlineData("<think>a", AnswerPlace.Reasoning)]
    [InlineData("<think>a</think>", AnswerPlace.Structure)]
    [InlineData("<think>a</think><tool_call>", AnswerPlace.Call)]
    [InlineData("<think>a<tool_call>", AnswerPlace.Reasoning)]
    [InlineData(Call, AnswerPlace.Structure)]
    [InlineData(Call + "<think>a</think>", AnswerPlace.Answer)]
    [InlineData("Hi", AnswerPlace.Answer)]
    [InlineData("Hi<|im_end|>", AnswerPlace.Structure)]
    internal void Place_CallIsRequired_IsTheAnswersOnlyBehindACall(string text, AnswerPlace place) => Assert.Equal((place, null), PlaceOf("qwen3", text));

    [Theory]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it", AnswerPlace.Structure, null)]
    [InlineData("mistral-v11", "[TOOL_CALLS]find-it[CALL_ID]abcdefgh1[ARGS]", AnswerPlace.Call, "find-it")]
    [InlineData("mistral-v13", "[TOOL_CALLS]find-it[ARGS]{", AnswerPlace.Call, "find-it")]
    [InlineData("mistral-v13", "[TOOL_CALLS]find-it[ARGS]{}</s>", AnswerPlace.Structure, null)]
    internal void Tool_NamedCall_IsKnownWhereItsArgumentsAre(string name, string text, AnswerPlace place, string? tool) => Assert.Equal((place, tool), PlaceOf(name, text));

    private static (AnswerPlace Place, string? Tool) PlaceOf(string name, string text)
    {
        var (reader, heard) = (SampleFormats.Of(name).Read(name == "qwen3" ? Required : Free), new Heard());
        foreach (var (token, piece) in Streams.Tokens(text, shown: false))
        {
            reader.Read(token, piece, heard);
        }

        return (reader.Place, reader.Tool);
    }
}
