using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Conversations, tools and constraints that are refused before a worker sees them, each with the field and the limit.</summary>
public sealed class ConversationLimitsTests
{
    private static readonly Tool s_tool = new() { Name = "look_up", Parameters = """{"type":"object"}""" };

    public static TheoryData<string, ChatRequest> Bad => new()
    {
        { "messages[0].role", Said(Message((ChatRole)9, "x")) },
        { "messages[0].parts", Said(new ChatMessage { Role = ChatRole.Assistant }) },
        { "messages[0].reasoning", Said(With(Message(ChatRole.User, "x"), message => message.Reasoning = "hm")) },
        { "messages[0].tool_calls", Said(With(Message(ChatRole.User, "x"), message => message.ToolCalls.Add(Call("a")))) },
        { "messages[0].tool_calls", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Enumerable.Range(0, 65).Select(i => Call($"c{i}")) } }) },
        { "messages[0].tool_calls[0].id", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("") } }) },
        { "messages[0].tool_calls[0].id", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call(new string('x', 65)) } }) },
        { "messages[0].tool_calls[1].id", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a"), Call("a") } }) },
        { "messages[0].tool_calls[0].name", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a", name: "look up") } }) },
        { "messages[0].tool_calls[0].arguments", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a", arguments: "") } }) },
        { "messages[0].tool_calls[0].arguments", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a", arguments: "[1]") } }) },
        { "messages[0].tool_calls[0].arguments", Said(new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a", arguments: "{\"a\":" + new string('[', 100_000)) } }) },
        { "messages[0].tool_call_id", Said(With(Message(ChatRole.User, "x"), message => message.ToolCallId = "a")) },
        { "messages[0].tool_call_id", Said(With(Message(ChatRole.Tool, "x"), message => message.ToolCallId = "a")) },
        { "tools", Offering([.. Enumerable.Range(0, 129).Select(i => new Tool { Name = $"t{i}" })]) },
        { "tools[0].name", Offering(new Tool { Name = "" }) },
        { "tools[0].name", Offering(new Tool { Name = "a<|call|>" }) },
        { "tools[0].name", Offering(new Tool { Name = new string('a', 65) }) },
        { "tools[1].name", Offering(s_tool, s_tool) },
        { "tools[0].description", Offering(new Tool { Name = "a", Description = new string('x', 65_537) }) },
        { "tools[0].parameters", Offering(new Tool { Name = "a", Parameters = new string(' ', 65_537) }) },
        { "tools[0].parameters", Offering(new Tool { Name = "a", Parameters = "true" }) },
        { "tools[0].parameters", Offering(new Tool { Name = "a", Parameters = "{" }) },
        { "tools[0].parameters", Offering(new Tool { Name = "a", Parameters = "{\"\ud800\":1}" }) },
        { "tool_choice.mode", Choosing(new ToolChoice { Mode = (ToolChoice.Types.Mode)7 }, s_tool) },
        { "tool_choice.mode", Choosing(new ToolChoice { Mode = ToolChoice.Types.Mode.Required }) },
        { "tool_choice.tool", Choosing(new ToolChoice { Mode = ToolChoice.Types.Mode.Auto, Tool = "look_up" }, s_tool) },
        { "tool_choice.tool", Choosing(new ToolChoice { Mode = ToolChoice.Types.Mode.Required, Tool = "other" }, s_tool) },
        { "effort", With(Said(Message(ChatRole.User, "x")), request => request.Effort = (ReasoningEffort)9) },
        { "constraint", Like(new OutputConstraint()) },
        { "constraint.json_schema.schema", Like(new OutputConstraint { JsonSchema = new JsonSchema() }) },
        { "constraint.json_schema.schema", Like(new OutputConstraint { JsonSchema = new JsonSchema { Schema = "{]" } }) },
        { "constraint.json_schema.schema", Like(new OutputConstraint { JsonSchema = new JsonSchema { Schema = new string(' ', 65_537) } }) },
        { "constraint.json_schema.name", Like(new OutputConstraint { JsonSchema = new JsonSchema { Schema = "true", Name = "a b" } }) },
        { "constraint.json_schema.description", Like(new OutputConstraint { JsonSchema = new JsonSchema { Schema = "true", Description = new string('x', 4097) } }) },
        { "constraint.regex", Like(new OutputConstraint { Regex = "" }) },
        { "constraint.regex", Like(new OutputConstraint { Regex = new string('x', 4097) }) },
        { "constraint.choices.texts", Like(new OutputConstraint { Choices = new Choices() }) },
        { "constraint.choices.texts", Like(new OutputConstraint { Choices = new Choices { Texts = { Enumerable.Range(0, 1025).Select(i => $"{i}") } } }) },
        { "constraint.choices.texts[1]", Like(new OutputConstraint { Choices = new Choices { Texts = { "a", "" } } }) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Check_WhatIsNotAllowed_NamesTheFieldAndTheLimit(string field, ChatRequest request)
    {
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(request));
        Assert.Equal((ErrorReason.InvalidArgument, ("field", field)), (failure.Reason, failure.Facts[0]));
        Assert.Equal("limit", failure.Facts[1].Key);
        Assert.StartsWith(field + " ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ToolThatAnswersALaterCall_IsRefused()
    {
        var request = Said(
            With(Message(ChatRole.Tool, "x"), message => message.ToolCallId = "a"),
            new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { Call("a") } });
        Assert.Contains("messages[0].tool_call_id", Assert.Throws<FailureException>(() => RequestLimits.Check(request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_EverythingOfAConversation_ReachesTheWorker()
    {
        var request = Everything();
        RequestLimits.Check(request);
        var told = CommandBuilder.Generate(request, new Claim("uid:0"), "2026-01-02").Conversation;

        Assert.Equal(["system", "user", "assistant", "tool", "user"], told.Turns.Select(turn => turn.Role));
        Assert.Equal(("", "let me see", "a", "look_up", "{\"x\":1}"),
            (told.Turns[2].Text, told.Turns[2].Reasoning, told.Turns[2].Calls[0].Id, told.Turns[2].Calls[0].Name, told.Turns[2].Calls[0].Arguments));
        Assert.Equal(("a", "42"), (told.Turns[3].CallId, told.Turns[3].Text));
        Assert.Equal(("look_up", "finds", "{}"), (told.Tools[0].Name, told.Tools[0].Description, told.Tools[0].Parameters));
        Assert.Equal((Worker.V1.CallMode.Required, "look_up", Worker.V1.Effort.High, "2026-01-02"), (told.CallMode, told.CalledTool, told.Effort, told.Date));
    }

    [Theory]
    [InlineData(ReasoningEffort.Unspecified, Worker.V1.Effort.Unspecified)]
    [InlineData(ReasoningEffort.Off, Worker.V1.Effort.Off)]
    [InlineData(ReasoningEffort.Low, Worker.V1.Effort.Low)]
    [InlineData(ReasoningEffort.Medium, Worker.V1.Effort.Medium)]
    public void Generate_Effort_ReachesTheWorker(ReasoningEffort asked, Worker.V1.Effort told) =>
        Assert.Equal(told, CommandBuilder.Generate(new ChatRequest { Effort = asked }, new Claim("uid:0")).Conversation.Effort);

    [Fact]
    public void Generate_EachConstraint_ReachesTheWorkerAlone()
    {
        var schema = Built(new OutputConstraint { JsonSchema = new JsonSchema { Schema = "{}", Name = "n", Description = "d" } });
        Assert.Equal(("{}", "n", "d"), (schema.JsonSchema.Schema_, schema.JsonSchema.Name, schema.JsonSchema.Description));
        Assert.Equal("", schema.Grammar + schema.Regex);
        var regex = Built(new OutputConstraint { Regex = "a+" });
        Assert.Equal(("a+", null, ""), (regex.Regex, regex.JsonSchema, regex.Grammar));
        Assert.Equal(["yes", "no"], Built(new OutputConstraint { Choices = new Choices { Texts = { "yes", "no" } } }).Choices);
        Assert.Empty(Built(null).Choices);
    }

    [Fact]
    public void Of_RequestsThatDifferInWhatTheWorkerReads_AreNotAlike()
    {
        var quarantine = new Quarantine(TimeProvider.System);
        Action<Worker.V1.Generate>[] changes =
        [
            _ => { },
            generate => generate.Grammar = "root ::= \"a\"",
            generate => generate.Regex = "a",
            generate => generate.Choices.Add("a"),
            generate => generate.JsonSchema = new Worker.V1.Schema { Schema_ = "{}" },
            generate => generate.Conversation.Tools.Clear(),
            generate => generate.Conversation.Turns[2].Calls[0].Arguments = "{}",
            generate => generate.Conversation.Turns[2].Reasoning = "",
            generate => generate.Prompt = "x",
        ];
        var seen = changes.Select(change =>
        {
            var generate = CommandBuilder.Generate(Everything(), new Claim("uid:0"));
            change(generate);
            return quarantine.Of(new Worker.V1.Command { Generate = generate });
        }).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());

        var hotter = CommandBuilder.Generate(With(Everything(), request => request.Sampling = new SamplingOptions { Temperature = 1, Seed = 5 }), new Claim("uid:1"));
        Assert.Equal(seen[0], quarantine.Of(new Worker.V1.Command { Generate = hotter }));
    }

    [Theory]
    [InlineData("constraint.json_schema", "the keyword not")]
    [InlineData("constraint.regex", "look-around")]
    [InlineData("constraint.choices", "empty")]
    [InlineData("constraint.grammar", "line 2")]
    [InlineData("tools", "tools[0].parameters: the keyword not")]
    [InlineData("tools", "too large")]
    public void From_WhatTheWorkerCannotFollow_NamesTheFieldThatWasUsed(string field, string detail)
    {
        var asked = CommandBuilder.Generate(Everything(), new Claim("uid:0"));
        asked.Grammar = field == "constraint.grammar" ? "x" : "";
        asked.Regex = field == "constraint.regex" ? "x" : "";
        asked.Choices.AddRange(field == "constraint.choices" ? ["x"] : []);
        asked.JsonSchema = field == "constraint.json_schema" || detail.StartsWith("tools[", StringComparison.Ordinal) ? new Worker.V1.Schema { Schema_ = "{}" } : null;
        var failure = Refusals.From(new Worker.V1.Refused { Kind = Worker.V1.RefusalKind.GrammarInvalid, Detail = detail }, "models/m", asked);
        Assert.Equal((ErrorReason.InvalidArgument, ("field", field), ("detail", detail)), (failure.Reason, failure.Facts[0], failure.Facts[2]));
    }

    [Fact]
    public void From_FeatureThatTheFormatLacks_IsNotSupportedWithTheDetail()
    {
        var refused = new Worker.V1.Refused { Kind = Worker.V1.RefusalKind.FeatureNotSupported, Detail = "gemma has no place for tools\nreally" };
        var failure = Refusals.From(refused, "models/m");
        Assert.Equal((ErrorReason.NotSupported, "models/m cannot do what was asked: gemma has no place for tools really"), (failure.Reason, failure.Message));
    }

    [Fact]
    public void From_ModelWithoutFormat_TellsWhy()
    {
        var refused = new Worker.V1.Refused { Kind = Worker.V1.RefusalKind.ChatNotSupported };
        Assert.Equal("models/m brings no conversation format that the box knows: it names no template. Complete works.",
            Refusals.From(refused, "models/m", null, "it names no template.").Message);
        Assert.Equal("models/m brings no conversation format that the box knows. Complete works.", Refusals.From(refused, "models/m").Message);
    }

    private static Worker.V1.Generate Built(OutputConstraint? constraint) =>
        CommandBuilder.Generate(With(Said(Message(ChatRole.User, "x")), request => request.Constraint = constraint), new Claim("uid:0"));

    private static ChatRequest Everything()
    {
        var answered = Message(ChatRole.Tool, "42");
        answered.ToolCallId = "a";
        var request = Said(
            Message(ChatRole.System, "be brief"), Message(ChatRole.User, "x?"),
            new ChatMessage { Role = ChatRole.Assistant, Reasoning = "let me see", ToolCalls = { Call("a") } },
            answered, Message(ChatRole.User, "and?"));
        request.Tools.Add(new Tool { Name = "look_up", Description = "finds", Parameters = "{}" });
        request.ToolChoice = new ToolChoice { Mode = ToolChoice.Types.Mode.Required, Tool = "look_up" };
        request.Effort = ReasoningEffort.High;
        return request;
    }

    private static ToolCall Call(string id, string name = "look_up", string arguments = """{"x":1}""") => new() { Id = id, Name = name, Arguments = arguments };

    private static ChatMessage Message(ChatRole role, string text) => new() { Role = role, Parts = { new ContentPart { Text = text } } };

    private static ChatRequest Said(params ChatMessage[] messages) => new() { Messages = { messages } };

    private static ChatRequest Offering(params Tool[] tools) => With(Said(Message(ChatRole.User, "x")), request => request.Tools.AddRange(tools));

    private static ChatRequest Choosing(ToolChoice choice, params Tool[] tools) => With(Offering(tools), request => request.ToolChoice = choice);

    private static ChatRequest Like(OutputConstraint constraint) => With(Said(Message(ChatRole.User, "x")), request => request.Constraint = constraint);

    private static T With<T>(T value, Action<T> change)
    {
        change(value);
        return value;
    }
}
