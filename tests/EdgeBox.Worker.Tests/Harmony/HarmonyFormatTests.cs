using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Conversations in harmony: what the engine's template loses, and where it and harmony's own renderer differ.</summary>
public sealed class HarmonyFormatTests
{
    private const string Head =
        "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\nReasoning: low\n\n"
        + "# Valid channels: analysis, commentary, final. Channel must be included for every message.";

    private const string Functions = "\nCalls to these tools must go to the commentary channel: 'functions'.";
    private const string Begin = "<|start|>assistant";

    private static readonly Tool s_weather = new("get_weather", "", "");
    private static readonly PastCall s_first = new("a", "get_weather", """{"city": "Yangon"}""");
    private static readonly PastCall s_second = new("b", "get_time", """{"zone": "Asia/Yangon"}""");

    [Fact]
    public void Render_EffortNotSaid_IsLow() => Assert.Equal(Head + "<|end|><|start|>user<|message|>Hi<|end|>" + Begin, Render(Asked()));

    [Fact]
    public void Render_EffortOff_BeginsTheFinal() =>
        Assert.EndsWith("Hi<|end|><|start|>assistant<|channel|>final<|message|>", Render(Asked() with { Effort = V1.Effort.Off }), StringComparison.Ordinal);

    [Fact]
    public void Render_EffortOffWithTools_IsLowAndLeavesTheChoice()
    {
        var text = Render(Asked() with { Effort = V1.Effort.Off, Tools = [s_weather] });
        Assert.Contains("Reasoning: low", text, StringComparison.Ordinal);
        Assert.EndsWith("Hi<|end|>" + Begin, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_EffortOffAndNoCallWanted_BeginsTheFinal()
    {
        var text = Render(Asked() with { Effort = V1.Effort.Off, Tools = [s_weather], CallMode = V1.CallMode.None });
        Assert.Contains("type get_weather = () => any;", text, StringComparison.Ordinal);
        Assert.EndsWith("<|start|>assistant<|channel|>final<|message|>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Date_StandsBehindTheCutoffAndIsContent()
    {
        var parts = new HarmonyFormat(HarmonyStream.Tokens).Render(Asked() with { Date = "2026-01-02" });
        Assert.Contains("2024-06\nCurrent date: 2026-01-02\n\nReasoning", string.Concat(parts.Select(p => p.Text)), StringComparison.Ordinal);
        Assert.Equal(["2026-01-02", "Hi"], parts.Where(p => p.IsContent).Select(p => p.Text));
    }

    [Fact]
    public void Render_NoTools_HasNoNewlinesBehindInstructions()
    {
        // The engine's template has two there.
        var text = Render(new Conversation([new Turn(TurnRole.System, "Be brief."), new Turn(TurnRole.User, "Hi")]));
        Assert.Equal(Head + "<|end|><|start|>developer<|message|># Instructions\n\nBe brief.<|end|><|start|>user<|message|>Hi<|end|>" + Begin, text);
    }

    [Fact]
    public void Render_Tools_StandBehindInstructions()
    {
        var conversation = new Conversation([new Turn(TurnRole.System, "Be brief."), new Turn(TurnRole.User, "Hi")])
        {
            Tools = [new Tool("get_weather", "Tells the weather.\nOf today.", """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""")],
        };
        Assert.Equal(
            Head + Functions + "<|end|><|start|>developer<|message|># Instructions\n\nBe brief.\n\n# Tools\n\n## functions\n\nnamespace functions {\n\n"
            + "// Tells the weather.\n// Of today.\ntype get_weather = (_: {\ncity: string,\n}) => any;\n\n} // namespace functions<|end|>"
            + "<|start|>user<|message|>Hi<|end|>" + Begin,
            Render(conversation));
    }

    [Fact]
    public void Render_AnswerSchema_IsTheLastSection()
    {
        var conversation = new Conversation([new Turn(TurnRole.System, "Be brief."), new Turn(TurnRole.User, "Hi")])
        {
            Tools = [s_weather],
            Answer = new AnswerSchema("""{"type":"object"}""", "report", "A report.\nOf today."),
        };
        Assert.Contains(
            "} // namespace functions\n\n# Response Formats\n\n## report\n\n// A report.\n// Of today.\n{\"type\":\"object\"}<|end|>", Render(conversation),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Render_AnswerSchemaAlone_HasANameAllTheSame() =>
        Assert.Contains(
            "<|start|>developer<|message|># Response Formats\n\n## answer\n\n{}<|end|>", Render(Asked() with { Answer = new AnswerSchema("{}", "", "") }),
            StringComparison.Ordinal);

    [Fact]
    public void Render_SeveralSystemTurns_AreAllKept()
    {
        // The engine's template drops all but the first.
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.System, "One."), new Turn(TurnRole.System, ""), new Turn(TurnRole.System, "Two."), new Turn(TurnRole.User, "Hi"),
            new Turn(TurnRole.Assistant, "Ho"), new Turn(TurnRole.System, "Three."), new Turn(TurnRole.User, "Bye"),
        ]));
        Assert.EndsWith(
            "<|start|>developer<|message|># Instructions\n\nOne.\n\nTwo.<|end|><|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>Ho<|end|>"
            + "<|start|>developer<|message|># Instructions\n\nThree.<|end|><|start|>user<|message|>Bye<|end|>" + Begin, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_EmptyInstructions_MakeNoMessage() =>
        Assert.DoesNotContain("developer", Render(new Conversation([new Turn(TurnRole.System, ""), new Turn(TurnRole.User, "Hi"), new Turn(TurnRole.System, "")])),
            StringComparison.Ordinal);

    [Fact]
    public void Render_AnyConversation_HasStretchesOfAlternatingKinds()
    {
        var parts = new HarmonyFormat(HarmonyStream.Tokens).Render(new Conversation(
        [
            new Turn(TurnRole.System, "Be brief."), new Turn(TurnRole.User, ""), new Turn(TurnRole.Assistant, "I look.") { Calls = [s_first] },
            new Turn(TurnRole.Tool, "") { Answered = s_first }, new Turn(TurnRole.Assistant, "Ho"),
        ]) { Tools = [s_weather] });
        Assert.All(parts, part => Assert.NotEqual("", part.Text));
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.NotEqual(pair.First.IsContent, pair.Second.IsContent));
    }

    [Fact]
    public void Render_LastAnswerThatWasNotThoughtAbout_HasNoReasoning() =>
        Assert.EndsWith("Hi<|end|><|start|>assistant<|channel|>final<|message|>Ho<|end|>" + Begin,
            Render(new Conversation([new Turn(TurnRole.User, "Hi"), new Turn(TurnRole.Assistant, "Ho")])), StringComparison.Ordinal);

    [Fact]
    public void Render_FirstTurnThatIsAFinal_HasItsReasoningDropped() =>
        Assert.DoesNotContain("first", Render(new Conversation([new Turn(TurnRole.Assistant, "1") { Reasoning = "first" }, new Turn(TurnRole.User, "?")])),
            StringComparison.Ordinal);

    [Fact]
    public void Render_ReferencesOpenChain_IsWhatModelsWrite()
    {
        // The engine's template writes "assistant to=functions.get_weather<|channel|>commentary json" and puts the result in quotes.
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.User, "Weather?"), new Turn(TurnRole.Assistant, "") { Reasoning = "need tool", Calls = [s_first] },
            new Turn(TurnRole.Tool, """{"t":31}""") { Answered = s_first },
        ]) { Effort = V1.Effort.High });
        Assert.EndsWith(
            "<|start|>user<|message|>Weather?<|end|><|start|>assistant<|channel|>analysis<|message|>need tool<|end|>"
            + "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\": \"Yangon\"}<|call|>"
            + "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>{\"t\":31}<|end|>" + Begin, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SeveralCalls_EachHasItsOwnResultBehindIt()
    {
        // The engine's template renders the first call and calls both results by its name.
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.User, "Both?"), new Turn(TurnRole.Assistant, "I look.") { Calls = [s_first, s_second] },
            new Turn(TurnRole.Tool, "noon") { Answered = s_second }, new Turn(TurnRole.Tool, "warm") { Answered = s_first },
        ]));
        Assert.EndsWith(
            "<|start|>assistant<|channel|>commentary<|message|>I look.<|end|>"
            + "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\": \"Yangon\"}<|call|>"
            + "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>warm<|end|>"
            + "<|start|>assistant<|channel|>commentary to=functions.get_time <|constrain|>json<|message|>{\"zone\": \"Asia/Yangon\"}<|call|>"
            + "<|start|>functions.get_time to=assistant<|channel|>commentary<|message|>noon<|end|>" + Begin, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_CallsThatShareAnId_GetOneResultEach()
    {
        var (one, two) = (s_first, s_second with { Id = "a" });
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "") { Calls = [one, two] }, new Turn(TurnRole.Tool, "1") { Answered = two }, new Turn(TurnRole.Tool, "2") { Answered = two },
            new Turn(TurnRole.Tool, "3") { Answered = two },
        ]));
        Assert.Equal(["get_weather", "1", "get_time", "2", "3"], Between(text));

        var other = s_first with { Id = "c" };
        Assert.Equal(["get_weather", "1", "get_time", "2", "3", "get_weather", "4"], Between(Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "") { Calls = [one, two, other] }, new Turn(TurnRole.Tool, "4") { Answered = other }, new Turn(TurnRole.Tool, "1") { Answered = one },
            new Turn(TurnRole.Tool, "2") { Answered = two }, new Turn(TurnRole.Tool, "3") { Answered = one },
        ]))));

        static IEnumerable<string> Between(string text) =>
            from message in text.Split("<|start|>")
            where message.Contains("functions.", StringComparison.Ordinal)
            select message.Contains("<|call|>", StringComparison.Ordinal)
                ? message.Split("functions.")[1].Split(' ')[0]
                : message.Split("<|message|>")[1].Split("<|end|>")[0];
    }

    [Fact]
    public void Render_ResultThatCameLate_StandsWhereItCame()
    {
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "") { Calls = [s_first] }, new Turn(TurnRole.User, "Well?"), new Turn(TurnRole.Tool, "warm") { Answered = s_first },
        ]));
        Assert.EndsWith("<|call|><|start|>user<|message|>Well?<|end|><|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>warm<|end|>" + Begin,
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ResultOfAnotherTurnsCall_IsKept()
    {
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "") { Calls = [s_second] }, new Turn(TurnRole.Assistant, "") { Calls = [s_first] },
            new Turn(TurnRole.Tool, "noon") { Answered = s_second }, new Turn(TurnRole.Tool, "warm") { Answered = s_first },
        ]));
        Assert.EndsWith("<|message|>warm<|end|><|start|>functions.get_time to=assistant<|channel|>commentary<|message|>noon<|end|>" + Begin, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_TextAndReasoningBesideCalls_AreBothKept()
    {
        // The engine's template raises an error, and llama.cpp before it erases the text.
        var text = Render(new Conversation([new Turn(TurnRole.Assistant, "I look.") { Reasoning = "hm", Calls = [s_first] }]));
        Assert.Contains(
            "analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SignsInTheTextOfAnAssistant_AreText()
    {
        // The engine's template raises an error.
        const string Said = "<|channel|>analysis<|message|>deep";
        var parts = new HarmonyFormat(HarmonyStream.Tokens).Render(new Conversation([new Turn(TurnRole.Assistant, Said)]));
        Assert.Equal([Said], parts.Where(p => p.IsContent).Select(p => p.Text));
    }

    [Fact]
    public void Render_History_NeverHasTheSignThatEndsGeneration()
    {
        var text = Render(new Conversation([new Turn(TurnRole.User, "Hi"), new Turn(TurnRole.Assistant, "Ho"), new Turn(TurnRole.User, "Bye")]));
        Assert.Contains("<|start|>assistant<|channel|>final<|message|>Ho<|end|>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<|return|>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ReasoningBeforeALaterFinal_IsDroppedEverywhere()
    {
        // harmony's own renderer keeps what was thought behind the first final.
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "1") { Reasoning = "first" }, new Turn(TurnRole.User, "?"),
            new Turn(TurnRole.Assistant, "") { Reasoning = "second", Calls = [s_first] }, new Turn(TurnRole.Tool, "warm") { Answered = s_first },
            new Turn(TurnRole.Assistant, "2") { Reasoning = "third" }, new Turn(TurnRole.User, "?"),
            new Turn(TurnRole.Assistant, "") { Reasoning = "fourth", Calls = [s_second] },
        ]));
        Assert.All(["first", "second", "third"], thought => Assert.DoesNotContain(thought, text, StringComparison.Ordinal));
        Assert.Contains("fourth", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_CallWithoutArguments_HasAnEmptyObject() =>
        Assert.Contains("<|message|>{}<|call|>", Render(new Conversation([new Turn(TurnRole.Assistant, "") { Calls = [s_first with { Arguments = "" }] }])),
            StringComparison.Ordinal);

    [Fact]
    public void Render_ArgumentsAndResults_AreRaw()
    {
        // A template that is given texts encodes them once more.
        var text = Render(new Conversation(
        [
            new Turn(TurnRole.Assistant, "") { Calls = [s_first with { Arguments = "{\"x\":\"\\n\"}" }] }, new Turn(TurnRole.Tool, "a \"b\"\n") { Answered = s_first },
        ]));
        Assert.Contains("<|message|>{\"x\":\"\\n\"}<|call|>", text, StringComparison.Ordinal);
        Assert.Contains("<|message|>a \"b\"\n<|end|>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_CallRequired_BeginsTheCallOfANamedToolOnly()
    {
        var required = Asked() with { Tools = [s_weather], CallMode = V1.CallMode.Required, Effort = V1.Effort.Off };
        Assert.EndsWith("Hi<|end|>" + Begin, Render(required), StringComparison.Ordinal);
        Assert.EndsWith(
            "Hi<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>", Render(required with { CalledTool = "get_weather" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Render_CallRequiredThatCannotBe_IsRefused()
    {
        var required = Asked() with { CallMode = V1.CallMode.Required };
        Assert.Contains("no tools", Assert.Throws<ConversationException>(() => Render(required)).Message, StringComparison.Ordinal);
        Assert.Contains("not among", Assert.Throws<ConversationException>(() => Render(required with { Tools = [s_weather], CalledTool = "x" })).Message,
            StringComparison.Ordinal);
        Assert.NotEmpty(Render(required with { Tools = [s_weather, s_weather with { Name = "x" }], CalledTool = "x" }));
    }

    [Fact]
    public void Render_ResultOfNoCall_IsRefused() =>
        Assert.Throws<ConversationException>(() => Render(new Conversation([new Turn(TurnRole.Tool, "warm")])));

    [Fact]
    public void Render_VocabularyWithoutSomeSigns_DoesWithout()
    {
        var tokens = HarmonyStream.Tokens with { Call = -1, Constrain = -1 };
        var parts = new HarmonyFormat(tokens).Render(new Conversation([new Turn(TurnRole.Assistant, "") { Calls = [s_first] }]));
        Assert.EndsWith("to=functions.get_weather json<|message|>{\"city\": \"Yangon\"}<|end|>" + Begin, string.Concat(parts.Select(p => p.Text)), StringComparison.Ordinal);
        Assert.Equal([HarmonyStream.Tokens.End], new HarmonyReader(tokens, Asked()).CallEnds);
    }

    [Fact]
    public void Render_SignWhoseNumberIsZero_IsThere()
    {
        var parts = new HarmonyFormat(HarmonyStream.Tokens with { Call = 0, Constrain = 0 }).Render(new Conversation([new Turn(TurnRole.Assistant, "") { Calls = [s_first] }]));
        Assert.EndsWith(" <|constrain|>json<|message|>{\"city\": \"Yangon\"}<|call|>" + Begin, string.Concat(parts.Select(p => p.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public void Format_WhatItSaysOfItself_IsHarmony()
    {
        var format = new HarmonyFormat(HarmonyStream.Tokens);
        Assert.Equal(("harmony", true, true), (format.Name, format.HasTools, format.Thinks));
        Assert.Null(format.CallGrammar([new ToolRule("get_weather", "rule")]));
        Assert.Equal(AnswerPlace.Structure, format.Read(Asked()).Place);
    }

    private static Conversation Asked() => new([new Turn(TurnRole.User, "Hi")]);

    private static string Render(Conversation conversation) => string.Concat(new HarmonyFormat(HarmonyStream.Tokens).Render(conversation).Select(p => p.Text));
}
