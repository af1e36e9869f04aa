using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Formats;

/// <summary>Turns of a gpt-oss model as a client is told them, from the real engine through gRPC.</summary>
[Trait("Tier", "component")]
public sealed class HarmonyTurnTests(SharedModels models) : IAsyncLifetime
{
    private const string Weather = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";
    private const string FirstCall = """<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Yangon"}""";

    private RunningBox _box = null!;

    public async ValueTask InitializeAsync() => _box = await RunningBox.StartAsync();

    public ValueTask DisposeAsync() => _box.DisposeAsync();

    [Fact]
    public async Task Chat_ReasoningPreambleAndFinal_AreToldApart()
    {
        await SpeakAsync("<|channel|>analysis<|message|>Thinking it over.<|end|><|start|>assistant<|channel|>commentary<|message|>I look first."
            + "<|start|><|channel|>final<|message|>All is well.<|return|>");

        var told = await Told.OfAsync(_box, Ask());

        Assert.Equal(("Thinking it over.", "I look first.", "All is well."), (told.Reasoning, told.Preamble, told.Answer));
        Assert.Equal(FinishReason.Stop, told.Reason);
        Assert.Empty(told.Calls);
    }

    [Fact]
    public async Task Chat_OneCall_IsToldWithItsArguments()
    {
        await SpeakAsync("<|channel|>analysis<|message|>Need the tool.<|end|><|start|>assistant" + FirstCall + "<|call|>");

        var told = await Told.OfAsync(_box, WithTools("get_weather"));

        Assert.Equal(("Need the tool.", "", FinishReason.ToolCalls), (told.Reasoning, told.Answer, told.Reason));
        Assert.Equal(("get_weather", """{"city": "Yangon"}"""), (told.Calls.Single().Name, told.Calls.Single().Arguments));
        Assert.NotEmpty(told.Calls.Single().Id);
    }

    [Fact]
    public async Task Chat_ThreeCallsInATurn_AreAllTold()
    {
        await SpeakAsync(FirstCall + """<|end|><|start|>assistant to=functions.get_time<|channel|>final json<|message|>{"city":"Lhasa"}"""
            + """<|end|><|channel|>analysis to=functions.get_news<|message|>{"city":"Urumqi"}<|call|>""");

        var told = await Told.OfAsync(_box, WithTools("get_weather", "get_time", "get_news"));

        Assert.Equal(
            [("get_weather", """{"city": "Yangon"}"""), ("get_time", """{"city":"Lhasa"}"""), ("get_news", """{"city":"Urumqi"}""")],
            told.Calls.Select(call => (call.Name, call.Arguments)));
        Assert.Equal(3, told.Calls.Select(call => call.Id).Distinct().Count());
        Assert.Equal(FinishReason.ToolCalls, told.Reason);
    }

    [Fact]
    public async Task Chat_ToolResultsFedBack_AreReadByTheModel()
    {
        await SpeakAsync("<|channel|>final<|message|>It is hot in Yangon.<|return|>");
        var request = WithTools("get_weather");
        var without = (await Told.OfAsync(_box, request)).Finished.Usage.PromptTokens;
        request.Messages.Add(new ChatMessage
        {
            Role = ChatRole.Assistant, Reasoning = "Need the tool.", Parts = { Text("I look.") },
            ToolCalls = { new ToolCall { Id = "a1", Name = "get_weather", Arguments = """{"city":"Yangon"}""" } },
        });
        request.Messages.Add(new ChatMessage { Role = ChatRole.Tool, ToolCallId = "a1", Parts = { Text("""{"t":31}""") } });

        var told = await Told.OfAsync(_box, request);

        Assert.Equal("It is hot in Yangon.", told.Answer);
        // Bytes are tokens here: what was added is in the prompt, signs and all.
        const string Added = "assistant" + "analysis" + "Need the tool." + "assistant" + "commentary" + "I look." + "assistant to=functions.get_weather"
            + "commentary " + "json" + """{"city":"Yangon"}""" + "functions.get_weather to=assistant" + "commentary" + """{"t":31}""";
        Assert.InRange(told.Finished.Usage.PromptTokens, without + (uint)Added.Length, without + (uint)Added.Length + 24);
    }

    [Fact]
    public async Task Chat_SchemaOfTheAnswer_HoldsForTheFinalAndNotForTheThinking()
    {
        await SpeakAsync("""<|channel|>analysis<|message|>No JSON here.<|end|><|start|>assistant<|channel|>final<|message|>{"city": "Yangon"}<|return|>""");
        var request = Ask();
        request.Constraint = new OutputConstraint { JsonSchema = new JsonSchema { Schema = Weather } };

        var told = await Told.OfAsync(_box, request);

        Assert.Equal(("No JSON here.", """{"city": "Yangon"}""", FinishReason.Stop), (told.Reasoning, told.Answer, told.Reason));
    }

    [Fact]
    public async Task Chat_SchemaAgainstWhatTheModelWants_HoldsNonetheless()
    {
        await SpeakAsync("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>no<|return|>");
        var request = Ask();
        request.Constraint = new OutputConstraint { Choices = new Choices { Texts = { "yes", "never" } } };

        var told = await Told.OfAsync(_box, request);

        Assert.Contains(told.Answer, new[] { "yes", "never" });
        Assert.Equal(FinishReason.Stop, told.Reason);
    }

    [Theory]
    [InlineData("<|channel|>commentary to=assistant<|channel|>final<|message|>All is well.<|return|>", "", "All is well.", "repeated_channel")]
    [InlineData("<|channel|>final and so on<|message|>All is well.<|return|>", "", "All is well.", "words_in_header")]
    [InlineData("<|channel|>final All is well.<|return|>", "", " All is well.", "no_message")]
    [InlineData("All is well.<|return|>", "", "All is well.", "no_header")]
    [InlineData("<|channel|>analysis<|message|>Only thinking.<|end|><|start|>assistant<|channel|>final<|message|><|return|>", "Only thinking.", "", "no_answer")]
    [InlineData("<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>All is well.<|return|>", "Hm.", "All is well.", "no_end")]
    public async Task Chat_MalformedTurn_IsReadAndCounted(string turn, string reasoning, string answer, string oddity)
    {
        await SpeakAsync(turn);

        var told = await Told.OfAsync(_box, Ask());

        Assert.Equal((reasoning, answer, FinishReason.Stop), (told.Reasoning, told.Answer, told.Reason));
        Assert.Contains(oddity, told.Finished.Oddities.Keys);
    }

    [Theory]
    [InlineData("""<|channel|>commentary to=get_weather <|constrain|>json<|message|>{"city": "Yangon"}<|call|>""", "no_functions_prefix")]
    [InlineData("""<|channel|>analysis to=functions.get_weather code<|message|>{"city": "Yangon"}<|call|>""", null)]
    [InlineData("""<|channel|>commentary get_weather<|message|>{"city": "Yangon"}<|call|>""", "bare_recipient")]
    public async Task Chat_MalformedCall_IsACallNonetheless(string turn, string? oddity)
    {
        await SpeakAsync(turn);

        var told = await Told.OfAsync(_box, WithTools("get_weather"));

        Assert.Equal(("get_weather", """{"city": "Yangon"}""", FinishReason.ToolCalls), (told.Calls.Single().Name, told.Calls.Single().Arguments, told.Reason));
        Assert.Equal(oddity is not null, told.Finished.Oddities.Count > 0);
        Assert.True(oddity is null || told.Finished.Oddities.ContainsKey(oddity), told.Finished.Oddities.ToString());
    }

    [Fact]
    public async Task Chat_ToolThatNobodyGave_IsToldAsReasoningAndCounted()
    {
        await SpeakAsync("<|channel|>commentary to=container.exec <|constrain|>json<|message|>{\"cmd\": 1}<|call|>");

        var told = await Told.OfAsync(_box, WithTools("get_weather"));

        Assert.Empty(told.Calls);
        Assert.Contains("cmd", told.Reasoning, StringComparison.Ordinal);
        Assert.Contains("unknown_recipient", told.Finished.Oddities.Keys);
    }

    [Fact]
    public async Task Chat_RequiredTool_IsCalledWhateverTheModelWants()
    {
        await SpeakAsync("<|channel|>final<|message|>All is well.<|return|>");
        var request = WithTools("get_weather", "get_time");
        request.Tools[1].Parameters = """{"type":"object","properties":{"city":{"enum":["Yangon","Lhasa"]}},"required":["city"],"additionalProperties":false}""";
        request.ToolChoice = new ToolChoice { Mode = ToolChoice.Types.Mode.Required, Tool = "get_time" };

        var told = await Told.OfAsync(_box, request);

        Assert.Equal(("get_time", FinishReason.ToolCalls, ""), (told.Calls.Single().Name, told.Reason, told.Answer));
        using var arguments = System.Text.Json.JsonDocument.Parse(told.Calls.Single().Arguments);
        Assert.Contains(arguments.RootElement.GetProperty("city").GetString(), new[] { "Yangon", "Lhasa" });
    }

    private static ContentPart Text(string text) => new() { Text = text };

    private static ChatRequest Ask() => BoxExtensions.Question("m", "How is the weather?", maxTokens: 200);

    private static ChatRequest WithTools(params string[] names)
    {
        var request = Ask();
        request.Tools.AddRange(names.Select(name => new Tool { Name = name, Description = "Tells something of a city.", Parameters = Weather }));
        return request;
    }

    private async Task SpeakAsync(string turn)
    {
        var path = models.Write($"turn-{Guid.NewGuid():N}.gguf", ScriptedModel.Build("turn", [new Script(Script.EndOfConversation, Script.Split(turn))]));
        await _box.LoadAsync(path, "m", slots: 1, context: 2048);
    }
}
