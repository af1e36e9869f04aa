using System.Text;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>What a model may write where the form of its answer is enforced.</summary>
public sealed class HarmonyGrammarTests
{
    private const string Call = "<|channel|>commentary to=functions.search <|constrain|>json<|message|>{}";
    private const string Think = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant";
    private const string Final = "<|channel|>final<|message|>x";

    private static readonly Conversation s_free = HarmonyStream.With("search", "get_weather");
    private static readonly Conversation s_none = s_free with { CallMode = V1.CallMode.None };
    private static readonly Conversation s_required = s_free with { CallMode = V1.CallMode.Required };
    private static readonly Conversation s_named = s_required with { CalledTool = "search" };

    [Theory]
    [InlineData(Final + "<|return|>", true, true, false)]
    [InlineData(Final + "<|end|><|return|>", true, true, false)]
    [InlineData(Think + Final + "<|return|>", true, true, false)]
    [InlineData(Think + "<|channel|>final <|constrain|>json<|message|>x<|return|>", true, true, false)]
    [InlineData(Think + "<|channel|>final<|constrain|>json<|message|>x<|return|>", true, true, false)]
    [InlineData(Call + "<|call|>", true, false, true)]
    [InlineData(Call + "<|return|>", true, false, true)]
    [InlineData(Call + "<|end|><|start|>assistant" + Call + "<|end|><|call|>", true, false, true)]
    [InlineData("<|channel|>commentary to=functions.search<|constrain|>json<|message|>{}<|call|>", true, false, true)]
    [InlineData("<|channel|>commentary to=functions.search<|message|>{}<|call|>", true, false, true)]
    [InlineData("<|channel|>analysis to=functions.search code<|message|>{}<|call|>", true, false, true)]
    [InlineData("· to·=functions·.se·arch<|channel|>comment·ary <|constrain|>js·on<|message|>{}<|call|>", true, false, true)]
    [InlineData(Think + " to=functions.search<|channel|>commentary json<|message|>{}<|call|>", true, false, true)]
    [InlineData(Think + "<|channel|>commentary<|message|>I look<|end|><|start|>assistant" + Call + "<|call|>", true, false, true)]
    [InlineData(Call + "<|end|><|start|>assistant" + Final + "<|return|>", true, false, false)]
    public void MayFollow_AnswersAsTheFormatHasThem_PassWhereTheyAreWanted(string stream, bool free, bool none, bool required)
    {
        Assert.Equal((free, none, required), (Passes(stream, s_free), Passes(stream, s_none), Passes(stream, s_required)));
        Assert.Equal(stream.StartsWith("{}", StringComparison.Ordinal), Passes(stream, s_required with { Tools = [] }));
    }

    [Theory]
    [InlineData("Hello")]
    [InlineData(" hello")]
    [InlineData("analysis")]
    [InlineData("<|message|>")]
    [InlineData("<|start|>")]
    [InlineData("<|end|>")]
    [InlineData("<|return|>")]
    [InlineData("<|call|>")]
    [InlineData("<|constrain|>")]
    [InlineData("<|channel|><|message|>")]
    [InlineData("<|channel|><|channel|>")]
    [InlineData("<|channel|>unheard-of")]
    [InlineData("<|channel|>final answer")]
    [InlineData("<|channel|>fin<|message|>")]
    [InlineData("<|channel|>final<|channel|>")]
    [InlineData("<|channel|>final<|start|>")]
    [InlineData("<|channel|>final<|end|>")]
    [InlineData("<|channel|>final<|return|>")]
    [InlineData("<|channel|>final <|constrain|><|constrain|>")]
    [InlineData("<|channel|>final <|constrain|>xml")]
    [InlineData("<|channel|>analysis <|constrain|>")]
    [InlineData("<|channel|>commentary to=assistant")]
    [InlineData("<|channel|>commentary to=functions.unheard_of")]
    [InlineData("<|channel|>commentary to=functions.sea<|message|>")]
    [InlineData("<|channel|>commentary to=functions.searches")]
    [InlineData("<|channel|>commentary to=search")]
    [InlineData("<|channel|>commentary to=functions.search<|start|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|return|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|call|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|channel|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|start|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|message|>")]
    [InlineData("<|channel|>commentary<|message|>I look<|return|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|>text")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|> ")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|return|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|end|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|channel|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|message|>")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|start|>user")]
    [InlineData("<|channel|>analysis<|message|>hm<|end|><|start|><|channel|>")]
    [InlineData("<|channel|>final<|message|>x<|end|><|start|>")]
    [InlineData(" to=functions.search<|channel|>commentary to=")]
    [InlineData(" to=functions.search<|channel|>final")]
    [InlineData(" to=functions.search<|message|>")]
    public void MayFollow_WaysRoundTheForm_AreClosed(string stream) => Assert.False(Passes(stream, s_free));

    [Fact]
    public void MayFollow_PreambleWhereNoCallCanCome_IsClosed()
    {
        Assert.True(Passes("<|channel|>commentary<|message|>", s_free));
        Assert.False(Passes("<|channel|>commentary", s_none));
        Assert.False(Passes("<|channel|>commentary", new Conversation([])));
    }

    [Fact]
    public void MayFollow_NamedTool_IsTheOnlyOne()
    {
        var reader = After("{}", s_named);
        Assert.Equal((AnswerPlace.Call, "search"), (reader.Place, reader.Tool));
        Assert.Equal([HarmonyStream.Tokens.Call], reader.CallEnds);
    }

    [Fact]
    public void MayFollow_CallOfTheNamedToolIsOver_NoOtherToolCanBeCalled()
    {
        var reader = After("{}<|end|><|start|>assistant to=functions.", s_named);
        Assert.True(reader.MayFollow(HarmonyStream.TextToken, "search"u8));
        Assert.False(reader.MayFollow(HarmonyStream.TextToken, "get_weather"u8));

        // Where no call is required the name means nothing.
        Assert.True(After(" to=functions.", s_free with { CalledTool = "search" }).MayFollow(HarmonyStream.TextToken, "get_weather"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<|channel|>")]
    [InlineData("<|channel|>final")]
    [InlineData("<|channel|>analysis<|message|>x")]
    [InlineData("<|channel|>analysis<|message|>x<|end|>")]
    [InlineData("<|channel|>analysis<|message|>x<|end|><|start|>")]
    [InlineData(Call + "<|end|>")]
    [InlineData(Final + "<|end|>")]
    public void MayFollow_SignThatShowsAText_MayComeWhereASignMay(string stream)
    {
        var reader = After(stream, s_free);
        for (var sign = HarmonyStream.Tokens.Start; sign <= HarmonyStream.Tokens.Constrain; sign++)
        {
            var may = reader.MayFollow(sign, []);
            Assert.All(["<|sign|>", " ", "final", "assistant", " to=functions.search"], text => Assert.Equal(may, reader.MayFollow(sign, Encoding.UTF8.GetBytes(text))));
        }
    }

    [Fact]
    public void MayFollow_TypeThatStandsFirst_LetsNoChannelBe() =>
        Assert.False(After("<|channel|><|constrain|>", s_free).MayFollow(HarmonyStream.TextToken, "final"u8));

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void MayFollow_HeaderAtItsBound_IsComplete(int over, bool may)
    {
        var tool = new string('x', HarmonyReader.MaxHeader + over - "commentary to=functions.".Length);
        var stream = $"<|channel|>commentary· to=functions.·{tool[..1]}";
        Assert.Equal(may, After(stream, HarmonyStream.With(tool)).MayFollow(HarmonyStream.TextToken, Encoding.UTF8.GetBytes(tool[1..])));
        Assert.Equal(may, After(stream + "·" + tool[1..], HarmonyStream.With(tool)).MayFollow(HarmonyStream.Tokens.Message, []));
    }

    [Theory]
    [InlineData(Final + "<|end|><|start|>assistant" + Final + "<|end|>", true)]
    [InlineData(Final, true)]
    [InlineData(Final + "<|end|>", true)]
    [InlineData(Call, true)]
    [InlineData(Call + "<|end|>", true)]
    [InlineData(Call + "<|end|><|start|>assistant<|channel|>analysis<|message|>x", true)]
    [InlineData("", false)]
    [InlineData("<|channel|>final", false)]
    [InlineData("<|channel|>analysis<|message|>x", false)]
    [InlineData("<|channel|>analysis<|message|>x<|end|>", false)]
    public void MayFollow_AnotherSignThatEndsGeneration_MayComeWhereTheAnswerIsThere(string stream, bool may)
    {
        var reader = After(stream, s_free);
        Assert.Equal((may, may), (MayCome(reader, HarmonyStream.OtherEnd, []), MayCome(reader, HarmonyStream.Tokens.Return, [])));
    }

    [Fact]
    public void MayFollow_LongHeader_IsClosed() => Assert.All(
        [HarmonyReader.MaxHeader + 1, 4 * HarmonyReader.MaxHeader], length => Assert.False(After("<|channel|>", s_free).MayFollow(HarmonyStream.TextToken, new byte[length])));

    [Fact]
    public void MayFollow_WhateverIsTaken_EndsInAnAnswerOrACallWithoutOddities()
    {
        string[] pieces =
        [
            "<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>", "<|constrain|>", "assistant", "analysis", "comment", "ary", "final", " to=",
            "functions.", "search", "get_weather", " json", "json", " ", "user", "x",
        ];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Array[0, 200], HarmonyStream.AnyOf(s_free, s_none, s_required)).Sample((picks, conversation) =>
        {
            var (reader, sink, ended) = (new HarmonyReader(HarmonyStream.Tokens, conversation), new HarmonySink(), false);
            foreach (var (token, piece) in picks.Select(pick => HarmonyStream.Split(pieces[pick]).Single()))
            {
                if (!ended && MayCome(reader, token, piece))
                {
                    reader.Read(token, piece, sink);
                    ended = token == HarmonyStream.Tokens.Return || token == HarmonyStream.Tokens.Call;
                }
            }

            reader.Finish(sink);
            Assert.All(sink.Oddities, oddity => Assert.Equal(HarmonyOddities.NoAnswer, oddity));
            var (answers, calls) = (sink.Told.Contains("answer{", StringComparison.Ordinal), sink.Told.Contains('(', StringComparison.Ordinal));
            Assert.False(answers && conversation == s_required);
            Assert.False(calls && conversation == s_none);
        }, iter: Tries.Of(20_000));
    }

    [Fact]
    public void MayFollow_EveryHeaderPlace_LeavesAWayOn()
    {
        foreach (var stream in (string[])["", "<|channel|>", "<|channel|>a", "<|channel|>commentary", "<|channel|>commentary to=functions.s", Think, Think + " to=functions.g"])
        {
            var reader = After(stream, s_free);
            Assert.True(
                Enumerable.Range(32, 95).Any(c => reader.MayFollow(HarmonyStream.TextToken, Encoding.UTF8.GetBytes([(char)c])))
                || reader.MayFollow(HarmonyStream.Tokens.Channel, []) || reader.MayFollow(HarmonyStream.Tokens.Message, []), stream);
        }
    }

    /// <summary>As it is enforced: in answers and calls a grammar holds, which text may follow and what ends them.</summary>
    private static bool MayCome(HarmonyReader reader, int token, byte[] piece)
    {
        var may = reader.MayFollow(token, piece);
        if (reader.Place is not (AnswerPlace.Answer or AnswerPlace.Call))
        {
            return may;
        }

        Assert.False(may);
        return token is HarmonyStream.TextToken or HarmonyStream.OtherEnd || reader.CallEnds.Contains(token) || token == HarmonyStream.Tokens.Return;
    }

    private static bool Passes(string stream, Conversation conversation)
    {
        var (reader, sink) = (new HarmonyReader(HarmonyStream.Tokens, conversation), new HarmonySink());
        foreach (var (token, piece) in HarmonyStream.Split(stream))
        {
            if (!MayCome(reader, token, piece))
            {
                return false;
            }

            reader.Read(token, piece, sink);
        }

        return true;
    }

    private static HarmonyReader After(string stream, Conversation conversation)
    {
        var (reader, sink) = (new HarmonyReader(HarmonyStream.Tokens, conversation), new HarmonySink());
        foreach (var (token, piece) in HarmonyStream.Split(stream))
        {
            reader.Read(token, piece, sink);
        }

        return reader;
    }
}
