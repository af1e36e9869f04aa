using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Harmony answers, as the format has them and as models write them.</summary>
public sealed class HarmonyReaderTests
{
    private const string Think = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant";
    private const string Call = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"a\":1}";

    [Theory]
    [InlineData("<|channel|>final<|message|>Hi· there<|return|>", "answer{Hi there}")]
    [InlineData(Think + "<|channel|>final<|message|>Yes<|return|>", "think{hm} answer{Yes}")]
    [InlineData(Think + "<|channel|>final <|constrain|>json<|message|>{}<|return|>", "think{hm} answer{{}}")]
    [InlineData(Think + Call + "<|call|>", "think{hm} get_weather({\"a\":1})")]
    [InlineData("<|channel|>commentary<|message|>I look.<|end|><|start|>assistant" + Call + "<|call|>", "say{I look.} get_weather({\"a\":1})")]
    [InlineData("· to·=functions·.search<|channel|>commentary json<|message|>{}<|call|>", "search({})")]
    [InlineData("<|channel|>analysis to=functions.search code<|message|>{}<|call|>", "search({})")]
    [InlineData("<|channel|>commentary to=functions.search<|constrain|>json<|message|>{}<|call|>", "search({})")]
    [InlineData("<|channel|>commentary to=functions.search<|message|>{}<|end|>", "search({})")]
    [InlineData(Call + "<|end|><|start|>assistant<|channel|>commentary to=functions.search <|constrain|>json<|message|>{}<|end|><|start|>assistant" + Call + "<|call|>",
        "get_weather({\"a\":1}) search({}) get_weather({\"a\":1})")]
    [InlineData("<|channel|>final<|message|>a<|end|>\n<|start|>assistant<|channel|>final<|message|>b<|return|>", "answer{a} answer{b}")]
    [InlineData("<|channel|>analysis<|message|>only", "think{only}")]
    [InlineData("", "")]
    public void Read_AnswersAsTheFormatHasThem_AreReadWithoutOddities(string stream, string told)
    {
        var sink = HarmonyStream.Read(stream);
        Assert.Equal(told, sink.Told);
        Assert.Empty(sink.Oddities);
    }

    [Theory]

    // Section 7.5 of the reference and the threads that serving-peers.md 5.6 lists.
    [InlineData("<|channel|>commentary<|channel|>final<|message|>x<|return|>", "answer{x}", "repeated_channel")]
    [InlineData("<|channel|>commentary to=assistant<|channel|>final<|message|>x<|return|>", "answer{x}", "repeated_channel")]
    [InlineData("<|channel|>commentary to=functions.search<|channel|>commentary json<|message|>{}<|call|>", "search({})", "repeated_channel")]
    [InlineData("<|channel|>some analysis words<|message|>deep<|end|>", "think{deep}", "words_in_header")]
    [InlineData("<|channel|>commentary I will look<|message|>it up<|end|>", "say{it up}", "words_in_header")]
    [InlineData("<|channel|>unheard-of<|message|>text<|end|>", "answer{text}", "unknown_channel")]
    [InlineData("<|channel|><|message|>text<|end|>", "answer{text}", "no_channel")]
    [InlineData("<|message|>text<|end|>", "answer{text}", "no_channel")]
    [InlineData("<|channel|>final It is so<|return|>", "answer{ It is so}", "no_message")]
    [InlineData("<|channel|>analysis It is so<|end|>", "think{ It is so}", "no_message")]
    [InlineData("<|channel|>commentary to=functions.search json {}<|call|>", "search( {})", "no_message")]
    [InlineData("<|channel|>commentary to=functions.search<|call|>", "search()", "no_message")]
    [InlineData("<|channel|>final It is so", "answer{ It is so}", "no_message")]
    [InlineData("Hello· world<|return|>", "answer{Hello world}", "no_header")]
    [InlineData("final· answer: 4<|return|>", "answer{final answer: 4}", "no_header")]
    [InlineData("final", "answer{final}", "no_message")]
    [InlineData("final<|message|>4<|return|>", "answer{4}", "no_channel")]
    [InlineData("final<|end|>", "answer{final}", "no_message")]
    [InlineData("<|channel|><|end|>", "", "no_message")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|><|end|>", "answer{a}", "no_message")]
    [InlineData("<|channel|>final<|message|>a<|end|>assistant", "answer{a} answer{assistant}", "text_between")]
    [InlineData("<|channel|>final<|message|>a<|end|>to=functions.search", "answer{a} answer{to=functions.search}", "text_between")]
    [InlineData("<|channel|>analysis<|message|>a<|end|>stray", "think{a} answer{stray}", "text_between")]
    [InlineData("<|channel|>analysis<|message|>only thought<|return|><|return|>", "think{only thought}", "no_answer")]
    [InlineData("fi·nal<|message|>4<|return|>", "answer{4}", "no_channel")]
    [InlineData("final· json<|message|>4<|return|>", "answer{4}", "words_in_header")]
    [InlineData("fin· json<|message|>4<|return|>", "answer{fin json4}", "no_header stray_sign")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>Hello", "answer{a} answer{Hello}", "no_message")]
    [InlineData("<|channel|>commentary to=functions.search to=functions.get_weather<|message|>{}<|call|>", "search({})", "")]
    [InlineData(Think + "<|channel|>unheard-of<|message|>text<|end|>", "think{hm} answer{text}", "unknown_channel")]
    [InlineData("<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b<|return|>", "think{a} answer{b}", "no_end")]
    [InlineData("<|channel|>analysis<|message|>a<|channel|>final<|message|>b<|return|>", "think{a} answer{b}", "no_end")]
    [InlineData("<|channel|>analysis<|message|>a<|end|><|channel|>final<|message|>b<|return|>", "think{a} answer{b}", "no_start")]
    [InlineData("<|channel|>analysis<|message|>a<|end|><|message|>b<|return|>", "think{a} answer{b}", "no_header")]
    [InlineData("<|channel|>final<|message|>a<|end|>stray", "answer{a} answer{stray}", "text_between")]
    [InlineData("<|channel|>final<|message|>a<|end|> \n· s<|return|>", "answer{a} answer{ \n s}", "text_between")]
    [InlineData("<|channel|>analysis<|message|>only thought<|return|>", "think{only thought}", "no_answer")]
    [InlineData("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|><|return|>", "think{a}", "no_answer")]
    [InlineData("<|channel|>commentary<|message|>I look.<|return|>", "say{I look.}", "no_answer")]
    [InlineData("<|channel|>commentary to=search json<|message|>{}<|call|>", "search({})", "no_functions_prefix")]
    [InlineData("<|channel|>commentary functions.search json<|message|>{}<|call|>", "search({})", "bare_recipient")]
    [InlineData("<|channel|>commentary search<|message|>{}<|call|>", "search({})", "bare_recipient no_functions_prefix")]
    [InlineData("<|channel|>commentary to=browser.search code<|message|>{}<|end|>", "think{{}}", "unknown_recipient")]
    [InlineData("<|channel|>analysis to=python code<|message|>1+1<|end|>", "think{1+1}", "unknown_recipient")]
    [InlineData("<|channel|>commentary to=functions.unheard_of<|message|>{}<|end|>", "think{{}}", "unknown_recipient")]
    [InlineData("<|channel|>commentary to=assistant<|message|>x<|end|>", "think{x}", "unknown_recipient")]
    [InlineData("<|channel|>final to=user<|message|>x<|return|>", "answer{x}", "unknown_recipient")]
    [InlineData(Think + "<|start|>functions.search to=assistant<|channel|>commentary<|message|>warm<|end|>", "think{hm} think{warm}", "no_message foreign_role")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>user<|message|>more?<|end|>", "answer{a} think{more?}", "no_channel foreign_role")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>user more?<|end|>", "answer{a} think{ more?}", "no_message foreign_role")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>assistantfinal<|message|>b<|return|>", "answer{a} answer{b}", "no_channel")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>assistantto=functions.search<|channel|>commentary<|message|>{}<|call|>", "answer{a} search({})", "")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>assistant Hello<|end|>", "answer{a} answer{ Hello}", "no_message")]
    [InlineData("<|start|>assistant<|channel|>final<|message|>x<|return|>", "answer{x}", "stray_sign")]
    [InlineData("<|channel|>final<|message|>a<|message|>b<|constrain|>c<|return|>", "answer{abc}", "stray_sign stray_sign")]
    [InlineData("<|channel|>final<|message|>a<|end|><|end|><|constrain|>", "answer{a}", "stray_sign stray_sign")]
    [InlineData("<|end|><|channel|>final<|message|>a<|return|>", "answer{a}", "stray_sign no_start")]
    [InlineData("<|channel|>commentary to= functions.search<|message|>{}<|call|>", "search({})", "bare_recipient")]
    [InlineData("<|channel|>final<|message|>a<|start|> to=functions.search<|channel|>analysis <|message|>{}<|call|>", "answer{a} search({})", "no_end")]
    [InlineData("<|channel|>final<|message|>a<|start|>analysis<|message|>b<|end|>", "answer{a} think{b}", "no_end no_channel")]
    [InlineData("<|channel|>final<|message|>a<|start|>final b<|end|>", "answer{a} answer{final b}", "no_end no_message")]
    [InlineData(" to=functions.search· {}<|call|>", "search( {})", "no_header")]
    [InlineData(" to=functions.search <|constrain|>json<|message|>{}<|call|>", "search({})", "no_channel")]
    public void Read_MalformedAnswers_LoseNoTextAndAreNamed(string stream, string told, string oddities)
    {
        var sink = HarmonyStream.Read(stream);
        Assert.Equal((told, oddities), (sink.Told, string.Join(' ', sink.Oddities)));
    }

    [Theory]
    [InlineData("<|channel|>fin")]
    [InlineData("<|channel|>ana")]
    [InlineData("<|channel|>comm")]
    [InlineData("<|channel|>commentary to=functions.sea")]
    [InlineData("<|channel|>commentary to=functions.search js")]
    [InlineData(" to=functions.search")]
    [InlineData("<|channel|>")]
    public void Finish_HeaderThatWasCut_IsNoText(string stream)
    {
        var sink = HarmonyStream.Read(stream);
        Assert.Equal("", sink.Told);
        Assert.Empty(sink.Oddities);
        Assert.Equal(stream.Replace("<|channel|>", "", StringComparison.Ordinal).Length, sink.Dropped);
    }

    [Fact]
    public void Finish_RoleThatWasCut_IsNoText() => Assert.Equal("answer{a}", HarmonyStream.Read("<|channel|>final<|message|>a<|end|><|start|>assis").Told);

    [Fact]
    public void Read_HeaderWithoutEnd_BecomesText()
    {
        var words = string.Concat(Enumerable.Repeat(" word", 100));
        var sink = HarmonyStream.Read("<|channel|>analysis" + words.Replace(" ", "· ", StringComparison.Ordinal) + "<|end|>");
        Assert.Equal($"think{{{words}}}", sink.Told);
        Assert.Equal(["long_header"], sink.Oddities);
    }

    [Fact]
    public void Read_WhiteSpaceWithoutEnd_BecomesText()
    {
        var sink = HarmonyStream.Read("<|channel|>final<|message|>a<|end|>" + string.Concat(Enumerable.Repeat("·    ", 100)));
        Assert.Equal(401, sink.Bytes);
        Assert.Equal(["text_between"], sink.Oddities);
    }

    [Fact]
    public void Read_Arguments_AreToldAsTheyCome()
    {
        var (reader, sink) = (new HarmonyReader(HarmonyStream.Tokens, HarmonyStream.With("get_weather")), new HarmonySink());
        foreach (var (token, piece) in HarmonyStream.Split("<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"a"))
        {
            reader.Read(token, piece, sink);
        }

        Assert.Equal("get_weather({\"a", sink.Told);
        Assert.Equal((AnswerPlace.Call, "get_weather"), (reader.Place, reader.Tool));
        Assert.Equal([HarmonyStream.Tokens.End, HarmonyStream.Tokens.Call], reader.CallEnds);
        reader.Read(HarmonyStream.Tokens.Call, [], sink);
        Assert.Equal((AnswerPlace.Structure, null), (reader.Place, reader.Tool));
    }

    [Theory]
    [InlineData(4, -1, new[] { 4 }, new[] { 4 })]
    [InlineData(0, 6, new[] { 0, 6 }, new[] { 6 })]
    [InlineData(4, 0, new[] { 4, 0 }, new[] { 0 })]
    public void CallEnds_OneToolIsToBeCalled_IsTheSignOfCallsWhereThereIsOne(int end, int call, int[] free, int[] named)
    {
        var tokens = HarmonyStream.Tokens with { End = end, Call = call };
        var conversation = HarmonyStream.With("search");
        Assert.Equal(free, new HarmonyReader(tokens, conversation).CallEnds);
        Assert.Equal(named, new HarmonyReader(tokens, conversation with { CallMode = V1.CallMode.Required, CalledTool = "search" }).CallEnds);
    }

    [Theory]
    [InlineData(HarmonyReader.MaxHeader, "")]
    [InlineData(HarmonyReader.MaxHeader + 1, "long_header")]
    public void Read_Header_IsOneUpToItsBound(int length, string oddity)
    {
        var sink = HarmonyStream.Read("<|channel|>analysis" + new string(' ', length - "analysis".Length));
        Assert.Equal(oddity, string.Join(' ', sink.Oddities));
        Assert.Equal(oddity.Length > 0, sink.Told.Length > 0);
    }

    [Theory]
    [InlineData(HarmonyReader.MaxHeader, "")]
    [InlineData(HarmonyReader.MaxHeader + 1, "text_between")]
    public void Read_WhiteSpaceBetween_IsNobodysUpToTheBound(int length, string oddity)
    {
        var sink = HarmonyStream.Read("<|channel|>final<|message|>a<|end|>" + new string(' ', length));
        Assert.Equal((oddity, oddity.Length > 0 ? 1 + length : 1), (string.Join(' ', sink.Oddities), sink.Bytes));
    }

    [Theory]
    [InlineData("", AnswerPlace.Structure)]
    [InlineData("<|channel|>final", AnswerPlace.Structure)]
    [InlineData("<|channel|>final<|message|>", AnswerPlace.Answer)]
    [InlineData("<|channel|>analysis<|message|>x", AnswerPlace.Reasoning)]
    [InlineData("<|channel|>commentary<|message|>x", AnswerPlace.Preamble)]
    [InlineData("<|channel|>commentary to=python<|message|>x", AnswerPlace.Reasoning)]
    [InlineData("<|channel|>final<|message|>x<|end|>", AnswerPlace.Structure)]
    [InlineData("<|channel|>final<|message|>x<|end|><|start|>assistant", AnswerPlace.Structure)]
    internal void Place_ParsedSoFar_IsWhereTheNextTokenStands(string stream, AnswerPlace place)
    {
        var (reader, sink) = (new HarmonyReader(HarmonyStream.Tokens, HarmonyStream.With()), new HarmonySink());
        foreach (var (token, piece) in HarmonyStream.Split(stream))
        {
            reader.Read(token, piece, sink);
        }

        Assert.Equal((place, null), (reader.Place, reader.Tool));
    }

    [Fact]
    public void Read_AnswerThatWasBegun_StartsInIt()
    {
        var conversation = new Conversation([]) { Effort = V1.Effort.Off };
        Assert.Equal(AnswerPlace.Answer, new HarmonyReader(HarmonyStream.Tokens, conversation).Place);
        Assert.Equal("answer{Hi}", HarmonyStream.Read("Hi<|return|>", conversation).Told);
    }

    [Theory]
    [InlineData("{}<|call|>", "search({})")]
    [InlineData("{}", "search({})")]
    [InlineData("", "search()")]
    public void Read_CallThatWasBegun_StartsInIt(string stream, string told)
    {
        var conversation = HarmonyStream.With("get_weather", "search") with { CallMode = V1.CallMode.Required, CalledTool = "search" };
        Assert.Equal((AnswerPlace.Call, "search"), (new HarmonyReader(HarmonyStream.Tokens, conversation).Place, new HarmonyReader(HarmonyStream.Tokens, conversation).Tool));
        Assert.Equal(told, HarmonyStream.Read(stream, conversation).Told);
    }

    [Fact]
    public void Read_CallWhereNoneIsWanted_IsNoCall()
    {
        var sink = HarmonyStream.Read(Call + "<|call|>", HarmonyStream.With("get_weather") with { CallMode = V1.CallMode.None });
        Assert.Equal("think{{\"a\":1}}", sink.Told);
        Assert.Equal(["unwanted_call", "no_answer"], sink.Oddities);
    }
}
