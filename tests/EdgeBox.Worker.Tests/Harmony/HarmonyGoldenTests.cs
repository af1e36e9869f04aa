using System.Globalization;
using System.Text;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>The 23 expected renderings of openai/harmony's own tests; the conversations are the facts of its src/tests.rs.</summary>
public sealed class HarmonyGoldenTests
{
    private const string Begin = "<|start|>assistant";
    private const string Sum = "What is 2 + 2?";
    private const string Country = "What is the capital of the largest country in the world?";
    private const string Today = "2025-06-28";

    private static readonly HarmonyTools s_browser = new(
        "browser",
        "Tool for browsing.\nThe `cursor` appears in brackets before each browsing display: `[{cursor}]`.\nCite information from the tool using the following "
        + "format:\n`【{cursor}†L{line_start}(-L{line_end})?】`, for example: `【6†L9-L11】` or `【8†L3】`.\nDo not quote more than 10 words directly from the tool "
        + "output.\nsources=web (default: web)",
        [
            new Tool(
                "search", "Searches for information related to `query` and displays `topn` results.",
                """{"type":"object","properties":{"query":{"type":"string"},"topn":{"type":"number","default":10},"source":{"type":"string"}},"required":["query"]}"""),
            new Tool(
                "open",
                "Opens the link `id` from the page indicated by `cursor` starting at line number `loc`, showing `num_lines` lines.\nValid link ids are displayed "
                + "with the formatting: `【{id}†.*】`.\nIf `cursor` is not provided, the most recent page is implied.\nIf `id` is a string, it is treated as a fully "
                + "qualified URL associated with `source`.\nIf `loc` is not provided, the viewport will be positioned at the beginning of the document or centered "
                + "on the most relevant passage, if available.\nUse this function without `id` to scroll to a new location of an opened page.",
                """
                {"type":"object","properties":{"id":{"type":["number","string"],"default":-1},"cursor":{"type":"number","default":-1},
                "loc":{"type":"number","default":-1},"num_lines":{"type":"number","default":-1},"view_source":{"type":"boolean","default":false},
                "source":{"type":"string"}}}
                """),
            new Tool(
                "find", "Finds exact matches of `pattern` in the current page, or the page given by `cursor`.",
                """{"type":"object","properties":{"pattern":{"type":"string"},"cursor":{"type":"number","default":-1}},"required":["pattern"]}"""),
        ]);

    private static readonly HarmonyTools s_python = new(
        "python",
        "Use this tool to execute Python code in your chain of thought. The code will not be shown to the user. This tool should be used for internal reasoning, "
        + "but not for code that is intended to be visible to the user (e.g. when creating plots, tables, or files).\n\nWhen you send a message containing Python "
        + "code to python, it will be executed in a stateful Jupyter notebook environment. python will respond with the output of the execution or time out after "
        + "120.0 seconds. The drive at '/mnt/data' can be used to save and persist user files. Internet access for this session is UNKNOWN. Depends on the cluster.",
        []);

    private static readonly Dictionary<int, string> s_pieces = new()
    {
        [13] = ".", [17] = "2", [19] = "4", [25] = ":", [28] = "=", [220] = " ", [290] = " the", [306] = " in", [314] = " =", [316] = " to", [382] = " is",
        [392] = " \"", [659] = " +", [1199] = " use", [1243] = "\":", [1309] = " need", [1416] = " We", [1844] = "User", [3490] = " code", [4584] = " tool",
        [4827] = "What", [6052] = " answer", [7693] = "location", [10848] = "{\"", [11122] = " weather", [12295] = " Simple", [16842] = "?\"", [17196] = "final",
        [18583] = "\"}", [29712] = "lookup", [31064] = " asks", [35644] = "analysis", [37342] = " lookup", [40510] = " Tokyo", [51441] = " Provide",
        [81645] = " arithmetic", [170154] = "_weather", [173781] = "assistant", [173844] = "Tokyo",
    };

    [Theory]
    [InlineData("test_simple_convo", V1.Effort.Medium, false, Sum, null)]
    [InlineData("test_simple_convo_low_effort", V1.Effort.Low, true, Country, null)]
    [InlineData("test_simple_convo_medium_effort", V1.Effort.Medium, true, Country, null)]
    [InlineData("test_simple_convo_high_effort", V1.Effort.High, true, Country, null)]
    [InlineData("test_simple_convo_low_effort_no_instruction", V1.Effort.Low, false, Country, null)]
    [InlineData("test_simple_convo_medium_effort_no_instruction", V1.Effort.Medium, false, Country, null)]
    [InlineData("test_simple_convo_high_effort_no_instruction", V1.Effort.High, false, Country, null)]
    [InlineData("test_no_tools", V1.Effort.Medium, false, null, Today)]
    internal void Render_Conversation_IsTheGolden(string golden, V1.Effort effort, bool instructed, string? question, string? date)
    {
        var turns = new List<Turn>();
        if (instructed)
        {
            turns.Add(new Turn(TurnRole.System, "Answer the user's questions like a robot."));
        }

        if (question is not null)
        {
            turns.Add(new Turn(TurnRole.User, question));
        }

        var parts = new HarmonyFormat(HarmonyStream.Tokens).Render(new Conversation(turns) { Effort = effort, Date = date });
        AssertGolden(golden, parts);
        Assert.DoesNotContain(parts, p => p.IsContent && p.Text.Contains("<|", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_FunctionsWithParameters_IsTheGolden()
    {
        const string Format = """{"type":"string","enum":["celsius","fahrenheit"],"default":"celsius"}""";
        var conversation = new Conversation([new Turn(TurnRole.System, "Always respond in riddles"), new Turn(TurnRole.User, "What is the weather like in SF?")])
        {
            Effort = V1.Effort.High,
            Date = Today,
            Tools =
            [
                new Tool("get_location", "Gets the location of the user.", ""),
                new Tool(
                    "get_current_weather", "Gets the current weather in the provided location.",
                    $$"""
                    {"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
                    "format":{{Format}}},"required":["location"]}
                    """),
                new Tool(
                    "get_multiple_weathers", "Gets the current weather in the provided list of locations.",
                    $$"""
                    {"type":"object","properties":{"locations":{"type":"array","items":{"type":"string"},
                    "description":"List of city and state, e.g. [\"San Francisco, CA\", \"New York, NY\"]"},"format":{{Format}}},"required":["locations"]}
                    """),
                new Tool(
                    "kitchensink", "A function with various complex schemas.",
                    """
                    {"description":"params object","type":"object","properties":{
                    "string":{"type":"string","title":"STRING","description":"A string","examples":["hello","world"]},
                    "string_nullable":{"type":"string","nullable":true,"description":"A nullable string","default":"the default"},
                    "string_enum":{"type":"string","enum":["a","b","c"]},
                    "oneof_string_or_number":{"oneOf":[{"type":"string","default":"default_string_in_oneof"},
                    {"type":"number","description":"numbers can happen too"}],"description":"a oneof","default":20}}}
                    """),
            ],
        };
        AssertGolden("test_render_functions_with_parameters", new HarmonyFormat(HarmonyStream.Tokens).Render(conversation));
    }

    [Theory]
    [InlineData("test_reasoning_system_message", "medium", "2024-06", null, Sum)]
    [InlineData("test_reasoning_system_message_no_instruction", "high", "2024-06", null, "What is the best place to eat candy in the world?")]
    [InlineData("test_reasoning_system_message_with_dates", "medium", "2021-01", "2021-01-01", "What is 42 * pi?")]
    public void System_OtherChannelsAndDates_IsTheGolden(string golden, string effort, string cutoff, string? date, string question)
    {
        var prompt = new HarmonyPrompt(HarmonyStream.Tokens);
        new HarmonySystem { Effort = effort, Cutoff = cutoff, Date = date, Channels = "analysis, final" }.WriteTo(prompt);
        AssertGolden(golden, prompt.Message(new HarmonyMessage("user", question)).Structure(Begin).Parts());
    }

    [Theory]
    [InlineData("test_browser_tool_only", false, false)]
    [InlineData("test_browser_and_function_tool", false, true)]
    [InlineData("test_browser_and_python_tool", true, false)]
    public void System_BuiltInTools_IsTheGolden(string golden, bool python, bool function)
    {
        var prompt = new HarmonyPrompt(HarmonyStream.Tokens);
        new HarmonySystem { Effort = "medium", Date = Today, BuiltIn = python ? [s_browser, s_python] : [s_browser], HasFunctions = function }.WriteTo(prompt);
        var tool = new Tool(
            "lookup_weather",
            "Use this tool to lookup the weather in a given location. Call it with the parameter 'location', can be any textual description of a location.",
            """{"type":"object","properties":{"location":{"type":"string"}},"required":["location"]}""");
        new HarmonyDeveloper([], function ? [tool] : [], Answer: null).WriteTo(prompt);
        AssertGolden(golden, prompt.Structure(Begin).Parts());
    }

    [Fact]
    public void History_FinalThatIsFollowed_DropsReasoningAsTheGolden() =>
        AssertGolden("test_dropping_cot_by_default", Messages(HarmonyHistory.Of(
        [
            new Turn(TurnRole.User, Sum),
            new Turn(TurnRole.Assistant, "2 + 2 equals 4.") { Reasoning = "User asks: “What is 2 + 2?” Simple arithmetic. Provide answer." },
            new Turn(TurnRole.User, "What about 9 / 2?"),
        ])).Structure(Begin).Parts());

    [Fact]
    public void History_LastFinal_KeepsReasoningAsTheGolden() =>
        AssertGolden("test_keep_analysis_between_finals", Messages(HarmonyHistory.Of(
        [
            new Turn(TurnRole.User, Sum),
            new Turn(TurnRole.Assistant, "4") { Reasoning = "thinking 2+2" },
            new Turn(TurnRole.User, "What is 3 + 5?"),
            new Turn(TurnRole.Assistant, "8") { Reasoning = "thinking 3+5" },
        ])).Parts());

    [Fact]
    public void History_OpenChain_KeepsReasoningAsTheGolden()
    {
        var call = new PastCall("1", "lookup_weather", """{"location": "San Francisco"}""");
        var messages = HarmonyHistory.Of(
        [
            new Turn(TurnRole.User, "What is the weather in SF?"),
            new Turn(TurnRole.Assistant, "") { Reasoning = "User asks: “What is the weather in SF?” We need to use lookup_weather tool.", Calls = [call] },
            new Turn(TurnRole.Tool, """{"temperature": 20, "description": "sunny"}""") { Answered = call },
        ]);

        // The golden has the recipient before the channel, and a result that is addressed to nobody.
        messages[2] = messages[2] with { RecipientFirst = true };
        messages[3] = messages[3] with { IsForAssistant = false, Channel = null };
        AssertGolden("test_does_not_drop_if_ongoing_analysis", Messages(messages).Structure(Begin).Parts());
    }

    [Fact]
    public void Messages_NothingDropped_IsTheGolden() =>
        AssertGolden("test_preserve_cot", Messages(
        [
            new HarmonyMessage("user", Sum),
            HarmonyMessage.Said(HarmonyMessage.Analysis, "User asks a simple question: \"What is 2 + 2?\" The answer: 4."),
            HarmonyMessage.Said(HarmonyMessage.Final, "2 + 2 equals 4."),
            new HarmonyMessage("user", "What about 9 / 2?"),
        ]).Structure(Begin).Parts());

    [Fact]
    public void Read_SimpleReasoningResponse_IsTheGoldensMessages() =>
        Assert.Equal(
            "think{User asks: \"What is 2 + 2?\" Simple arithmetic. Provide answer.} answer{2 + 2 = 4.}",
            ReadIds(Golden("test_simple_reasoning_response"), HarmonyStream.With()).Told);

    [Fact]
    public void Read_SimpleToolCall_IsTheGoldensMessages()
    {
        var sink = ReadIds(Golden("test_simple_tool_call"), HarmonyStream.With("lookup_weather"));
        Assert.Equal(
            "think{User asks: \"What is the weather in Tokyo?\" We need to use lookup_weather tool.} lookup_weather({\"location\":\"Tokyo\"})",
            sink.Told.Replace(": \"Tokyo\"", ":\"Tokyo\"", StringComparison.Ordinal));
        Assert.Equal([HarmonyOddities.NoFunctionsPrefix], sink.Oddities);
    }

    [Fact]
    public void Read_StreamableParser_HasTheGoldensThreeMessages()
    {
        var sink = HarmonyStream.Read(Golden("test_streamable_parser"));
        Assert.StartsWith("think{User asks \"Who is the current US president?\"", sink.Told, StringComparison.Ordinal);
        Assert.EndsWith(
            "Let's browse to confirm.} think{{\"query\": \"current US president July 2025\", \"topn\": 10, \"source\": \"news\"}} think{{\"result\": \"https://openai.com/\"}}",
            sink.Told, StringComparison.Ordinal);
        Assert.Equal([HarmonyOddities.UnknownRecipient, HarmonyOddities.ForeignRole, HarmonyOddities.NoAnswer], sink.Oddities);
    }

    [Fact]
    public void Read_ToolResponse_IsTheGoldensMessage()
    {
        var sink = HarmonyStream.Read(Golden("test_tool_response_parsing"));
        Assert.Equal("think{{\"result\": \"https://openai.com/\"}}", sink.Told);
        Assert.Equal([HarmonyOddities.StraySign, HarmonyOddities.ForeignRole], sink.Oddities);
    }

    private static HarmonyPrompt Messages(IEnumerable<HarmonyMessage> messages) =>
        messages.Aggregate(new HarmonyPrompt(HarmonyStream.Tokens), (prompt, message) => prompt.Message(message));

    private static HarmonySink ReadIds(string ids, Conversation conversation) => HarmonyStream.Read(
        ids.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Select(id => id switch
        {
            200002 => (HarmonyStream.Tokens.Return, []),
            200005 => (HarmonyStream.Tokens.Channel, []),
            200006 => (HarmonyStream.Tokens.Start, []),
            200007 => (HarmonyStream.Tokens.End, []),
            200008 => (HarmonyStream.Tokens.Message, []),
            _ => (HarmonyStream.TextToken, Encoding.UTF8.GetBytes(s_pieces[id])),
        }),
        conversation);

    private static void AssertGolden(string name, IReadOnlyList<PromptPart> parts) => Assert.Equal(Golden(name), string.Concat(parts.Select(p => p.Text)));

    private static string Golden(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "EdgeBox.sln")))
        {
            root = root.Parent;
        }

        var path = Path.Combine(root?.Parent?.FullName ?? "", "shared", "data", "harmony", name + ".txt");
        Assert.SkipUnless(File.Exists(path), "no shared data");
        return File.ReadAllText(path).TrimEnd();
    }
}
