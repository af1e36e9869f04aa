using System.Text;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Chat.Families;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;
using Turn = EdgeBox.Worker.Chat.Turn;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Answers of every family, as the format has them and as models write them.</summary>
public sealed class ReaderTests
{
    private static readonly string[] s_spelt = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"];

    public static TheoryData<string> Names => [.. SampleFormats.Names];

    private static Conversation WithTools { get; } = new([new Turn(EdgeBox.Worker.Chat.TurnRole.User, "?")]) { Tools = [SampleConversations.Weather, SampleConversations.Find] };

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_ThoughtWordAndCalls_AreToldApart(string name)
    {
        var text = SampleFormats.Stream(name);
        var hasTools = SampleFormats.Of(name).HasTools;
        foreach (var heard in (Heard[])
        [
            Streams.Read(SampleFormats.Of(name).Read(WithTools), Streams.Tokens(text)),
            Streams.Read(SampleFormats.Of(name).Read(WithTools), Streams.Tokens(text, shown: false)),
            Streams.Read(SampleFormats.Of(name, s_spelt).Read(WithTools), Streams.Tokens(text, s_spelt)),
            Streams.Read(SampleFormats.Of(name, s_spelt).Read(WithTools), Streams.Tokens(text, s_spelt).SelectMany(t => t.Piece.Length > 0 && t.Token == 0 ? t.Piece.Select(b => (0, (byte[])[b])) : [t])),
            Streams.Read(SampleFormats.Of(name, s_spelt).Read(WithTools), [(0, Encoding.UTF8.GetBytes(text[..text.LastIndexOfAny(['<', '[', '<'])]))]),
        ])
        {
            if (name is "mistral-v11" or "mistral-v13" or "mistral-reasoning" or "mistral-v3" && heard.Calls.Count == 0)
            {
                // The last way to write it has no signs at all.
                continue;
            }

            Assert.Equal(text.Contains("think", StringComparison.OrdinalIgnoreCase) ? "·a·" : "", heard.Reasoning);
            Assert.Equal(name == "llama3.1" ? "" : text.Contains("·a· ", StringComparison.Ordinal) ? "·a· ·b·" : "·b·", heard.Answer);
            Assert.Equal(hasTools ? [.. Enumerable.Range(1, 3).Select(i => ("find-it", SampleFormats.Read(name, i)))] : [], heard.Calls);
            Assert.Empty(heard.Oddities);
        }
    }

    [Theory]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"find-it\", \"arguments\": {\n</tool_call>", "<tool_call>\n{\"name\": \"find-it\", \"arguments\": {\n</tool_call>", "call_malformed")]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"find-it\", \"arg", "<tool_call>\n{\"name\": \"find-it\", \"arg", "call_unfinished")]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"find it\", \"arguments\": {}}</tool_call>", "<tool_call>\n{\"name\": \"find it\", \"arguments\": {}}</tool_call>", "call_malformed")]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"find-it\", \"more\": 1, \"arguments\": {}}</tool_call>", "<tool_call>\n{\"name\": \"find-it\", \"more\": 1, \"arguments\": {}}</tool_call>", "call_malformed")]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"find-it\", \"name\": \"find-it\"}</tool_call>", "<tool_call>\n{\"name\": \"find-it\", \"name\": \"find-it\"}</tool_call>", "call_malformed")]
    [InlineData("qwen3", "<tool_call>{\"name\": \"\\ud800\"}</tool_call>", "<tool_call>{\"name\": \"\\ud800\"}</tool_call>", "call_malformed")]
    [InlineData("qwen3", "Hi</tool_call> you", "Hi you", "call_out_of_place")]
    [InlineData("qwen3", "Hi</think> you", "Hi you", "thinking_out_of_place")]
    [InlineData("qwen3", "Hi<|im_end|>you", "Hiyou", "text_after_end")]
    [InlineData("qwen3", "Hi\n\n", "Hi\n\n", null)]
    [InlineData("qwen3", "  Hi", "  Hi", null)]
    [InlineData("qwen3-coder", "<tool_call>\n<function=find-it>\n<parameter=tag>\nx\n</function>\n</tool_call>", "<tool_call>\n<function=find-it>\n<parameter=tag>\nx\n</function>\n</tool_call>", "call_malformed")]
    [InlineData("qwen3-coder", "<tool_call>\n<function=find-it>\n</tool_call>", "<tool_call>\n<function=find-it>\n</tool_call>", "call_malformed")]
    [InlineData("glm-4.5", "\n<think></think>\n<tool_call>find-it\n<arg_key>a</arg_key>\nx\n</tool_call>", "<tool_call>find-it\n<arg_key>a</arg_key>\nx\n</tool_call>", "call_malformed")]
    [InlineData("glm-4.5", "\n<think></think>\n<tool_call>find-it <arg_key>a</arg_key><arg_value>1</arg_value> more</tool_call>", "<tool_call>find-it <arg_key>a</arg_key><arg_value>1</arg_value> more</tool_call>", "call_malformed")]
    [InlineData("llama3.1", "{\"name\": \"find-it\", \"age\": 3}", "{\"name\": \"find-it\", \"age\": 3}", null)]
    [InlineData("llama3.1", "{\"answer\": 3}", "{\"answer\": 3}", null)]
    [InlineData("llama3.1", "<|python_tag|>find.call(x=1)<|eom_id|>", "<|python_tag|>find.call(x=1)", "call_unfinished")]
    [InlineData("mistral-v13", "[TOOL_CALLS]find-it[ARGS]{\"a\"", "[TOOL_CALLS]find-it[ARGS]{\"a\"", "call_unfinished")]
    [InlineData("mistral-v13", "[TOOL_CALLS]find it[ARGS]{}", "[TOOL_CALLS]find it[ARGS]{}", "call_unfinished")]
    [InlineData("mistral-v3", "[TOOL_CALLS][1]</s>", "[TOOL_CALLS][1]", "call_unfinished")]
    public void Read_WhatIsNoCall_IsTextOfTheAnswer(string name, string text, string answer, string? oddity)
    {
        var heard = Streams.Read(SampleFormats.Of(name).Read(WithTools), Streams.Tokens(text));
        Assert.Equal((answer, "", 0), (heard.Answer, heard.Reasoning, heard.Calls.Count));
        Assert.Equal(oddity is null ? [] : [oddity], heard.Oddities);
    }

    [Theory]
    [InlineData("qwen3", "<tool_call>{\"name\": \"find-it\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>", "find-it", "{\"a\": 1}", "")]
    [InlineData("qwen3", "<tool_call>{\"name\": \"find-it\", \"parameters\": {\"a\": 1}}</tool_call>", "find-it", "{\"a\": 1}", "")]
    [InlineData("qwen3", "<tool_call>{\"type\": \"function\", \"name\": \"find-it\"}</tool_call>", "find-it", "{}", "")]
    [InlineData("qwen3", "<tool_call>{\"name\": \"find-it\", \"arguments\": null}</tool_call>", "find-it", "{}", "")]
    [InlineData("qwen3", "<tool_call>[{\"name\": \"find-it\", \"arguments\": {}}]</tool_call>", "find-it", "{}", "")]
    [InlineData("qwen3", "<tool_call>{\"name\": \"unheard\", \"arguments\": {}}</tool_call>", "unheard", "{}", "tool_unknown")]
    [InlineData("qwen3", "<tool_call>{\"name\": \"find-it\", \"arguments\": {}}<|im_end|>", "find-it", "{}", "call_not_closed")]
    [InlineData("qwen3", "<think>\nI call <tool_call>{\"name\": \"find-it\", \"arguments\": {}}</tool_call>", "find-it", "{}", "call_in_thinking")]
    [InlineData("qwen3-coder", "<tool_call><function=get_weather><parameter=city>12</parameter><parameter=days>3</parameter></function></tool_call>", "get_weather", "{\"city\":\"12\",\"days\":3}", "")]
    [InlineData("qwen3-coder", "<tool_call><function=get_weather></function></tool_call>", "get_weather", "{}", "")]
    [InlineData("glm-4.7", "</think><tool_call>get_weather</tool_call>", "get_weather", "{}", "")]
    [InlineData("glm-4.7", "</think><tool_call>find-it<arg_key>a</arg_key><arg_value>True</arg_value></tool_call>", "find-it", "{\"a\":\"True\"}", "")]
    [InlineData("llama3.1", "<|python_tag|>{\"name\": \"find-it\", \"parameters\": {\"a\": 1}}<|eom_id|>", "find-it", "{\"a\": 1}", "")]
    [InlineData("llama3.1", "{\"type\": \"function\", \"name\": \"find-it\", \"parameters\": {}}", "find-it", "{}", "")]
    public void Read_CallAsModelsWriteIt_IsACall(string name, string text, string tool, string arguments, string oddity)
    {
        var heard = Streams.Read(SampleFormats.Of(name).Read(WithTools), Streams.Tokens(text));
        Assert.Equal([(tool, arguments)], heard.Calls);
        Assert.Equal(oddity.Length > 0 ? [oddity] : [], heard.Oddities);
        Assert.Equal("", heard.Answer);
    }

    [Fact]
    public void Read_CallWhereNoneIsWanted_IsText()
    {
        const string Call = "<tool_call>\n{\"name\": \"find-it\"}\n</tool_call>";
        var reader = SampleFormats.Of("qwen3").Read(WithTools with { CallMode = CallMode.None });
        var heard = Streams.Read(reader, Streams.Tokens(Call));
        Assert.Equal((Call, 0, "call_not_wanted"), (heard.Answer, heard.Calls.Count, heard.Oddities.Single()));
    }

    [Fact]
    public void Read_QuotedCallInThinking_IsThought()
    {
        var heard = Streams.Read(SampleFormats.Of("qwen3").Read(WithTools), Streams.Tokens("<think>\nI write <tool_call> then.\n</think>\n\nSo."));
        Assert.Equal(("I write <tool_call> then.", "So.", 2), (heard.Reasoning, heard.Answer, heard.Messages));
    }

    [Fact]
    public void Read_CallBeyondTheLimit_IsText()
    {
        var long1 = new byte[TaggedReader.MaxCall + 1];
        long1.AsSpan().Fill((byte)'x');
        var heard = Streams.Read(SampleFormats.Of("qwen3").Read(WithTools), [(SampleSigns.Id("<tool_call>"), []), (0, long1), (0, "y"u8.ToArray())]);
        Assert.Equal("<tool_call>".Length + long1.Length + 1, heard.Answer.Length);
        Assert.Equal(["call_too_long"], heard.Oddities);
    }

    [Theory]
    [InlineData("qwen3", "<|im_start|>")]
    [InlineData("llama3.1", "<|eom_id|>")]
    [InlineData("gemma", "<start_of_turn>")]
    [InlineData("mistral-v13", "[INST]")]
    [InlineData("deepseek", "<｜User｜>")]
    [InlineData("glm-4.7", "<|observation|>")]
    public void IsOver_SignThatTheModelIsNoLongerSpeaking_IsSet(string name, string sign)
    {
        var reader = SampleFormats.Of(name).Read(WithTools);
        reader.Read(0, "Hi"u8, new Heard());
        Assert.False(reader.IsOver);
        reader.Read(SampleSigns.Id(sign), [], new Heard());
        Assert.True(reader.IsOver);
    }

    [Fact]
    public void Read_AMillionMutations_LoseNoText()
    {
        var mutations = Tries.Of(1_000_000);
        var streams = SampleFormats.Names.SelectMany(name => (string[][])[[], s_spelt], (name, spelt) => (Name: name, Spelt: spelt, Tokens: Streams.Tokens(SampleFormats.Stream(name), spelt))).ToArray();
        var formats = streams.Select(s => SampleFormats.Of(s.Name, s.Spelt)).ToArray();
        var signs = SampleSigns.All.Select(s => (SampleSigns.Id(s), Encoding.UTF8.GetBytes(s))).ToArray();
        var reads = 0;
        Gen.Select(Gen.Int[0, streams.Length - 1], Gen.Select(Gen.Int[0, 9999], Gen.Int[0, 5], Gen.Int[0, 9999]).Array[1, 12]).Sample((which, edits) =>
        {
            var (name, _, valid) = streams[which];
            var tokens = Mutated(valid, edits, signs);
            var heard = Streams.Read(formats[which].Read(WithTools), tokens);
            var given = Encoding.UTF8.GetString([.. tokens.Where(t => t.Token == 0).SelectMany(t => t.Piece)]);
            foreach (var word in (string[])["·a·", "·b·", "·c1·", "·c2·", "·c3·", "·d1·", "·d2·", "·d3·"])
            {
                Assert.True(Count(given, word) == Count(heard.All, word), $"{name}: {word} in {string.Concat(tokens.Select(t => Encoding.UTF8.GetString(t.Piece)))}");
            }

            Interlocked.Increment(ref reads);
        }, iter: mutations, time: -1);
        Assert.Equal(mutations, reads);
    }

    private static int Count(string text, string word)
    {
        var count = 0;
        for (var at = 0; (at = text.IndexOf(word, at, StringComparison.Ordinal)) >= 0; at += word.Length)
        {
            count++;
        }

        return count;
    }

    private static List<(int Token, byte[] Piece)> Mutated(List<(int Token, byte[] Piece)> valid, (int At, int Kind, int Other)[] edits, (int Token, byte[] Piece)[] signs)
    {
        var tokens = valid.ToList();
        foreach (var (at, kind, other) in edits)
        {
            if (tokens.Count == 0)
            {
                break;
            }

            var (i, j) = (at % tokens.Count, other % tokens.Count);
            switch (kind)
            {
                case 0:
                    tokens.RemoveAt(i);
                    break;
                case 1:
                    tokens.Insert(j, tokens[i]);
                    break;
                case 2:
                    (tokens[i], tokens[j]) = (tokens[j], tokens[i]);
                    break;
                case 3:
                    tokens.RemoveRange(Math.Min(i, j), Math.Abs(i - j));
                    break;
                case 4 when tokens[i] is { Token: 0, Piece.Length: > 1 } cut && !cut.Piece.AsSpan().Contains((byte)0xB7):
                    tokens[i] = (0, cut.Piece[..(1 + (other % (cut.Piece.Length - 1)))]);
                    break;
                default:
                    tokens.Insert(i, signs[other % signs.Length]);
                    break;
            }
        }

        return tokens;
    }
}
