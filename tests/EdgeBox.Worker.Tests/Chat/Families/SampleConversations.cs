using System.Text.Json.Nodes;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;
using Turn = EdgeBox.Worker.Chat.Turn;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Conversations that every format is shown, and the same as templates want them.</summary>
internal static class SampleConversations
{
    public static readonly Tool Weather = new("get_weather", "Tells \"weather\".",
        """{"type": "object", "properties": {"city": {"type": "string", "description": "A city"}, "days": {"type": "integer", "minimum": 1}}, "required": ["city"]}""");

    public static readonly Tool Find = new("find-it", "Finds things & <more>", """{"type": "object", "properties": {"where": {"type": "object"}, "tags": {"type": "array", "items": {"type": "string"}}}}""");

    public static readonly PastCall First = new("abcdefgh1", "get_weather", """{"city": "Zürich", "days": 3}""");
    public static readonly PastCall Second = new("abcdefgh2", "find-it", """{"where": {"lat": 1.5, "deep": {"a": null}}, "tags": ["a", "b c"]}""");
    public static readonly PastCall Third = new("abcdefgh3", "get_weather", """{"city": "Ulm"}""");

    private static readonly Turn s_system = new(TurnRole.System, "Be brief.");
    private static readonly Turn s_question = new(TurnRole.User, "What is up?\nTell me.");

    /// <summary>The cases by name.</summary>
    public static IReadOnlyDictionary<string, Conversation> All { get; } = new Dictionary<string, Conversation>
    {
        ["plain"] = new([s_question]),
        ["system"] = new([s_system, s_question]),
        ["turns"] = new([s_system, s_question, Said("The sky."), new(TurnRole.User, "And else?"), Said("Birds 鸟."), new(TurnRole.User, "Bye")]),
        ["thinking"] = new([s_question, Said("The sky.") with { Reasoning = "They ask." }, new(TurnRole.User, "And else?")]),
        ["off"] = new([s_system, s_question]) { Effort = Effort.Off },
        ["tools"] = new([s_system, s_question]) { Tools = [Weather, Find] },
        ["tools-alone"] = new([s_question]) { Tools = [Weather] },
        ["tools-off"] = new([s_question]) { Tools = [Weather], Effort = Effort.Off },
        ["call"] = new([s_question, Said("") with { Calls = [First] }, Result(First, "drizzle"), Said("It drizzles."), new(TurnRole.User, "Thanks")]) { Tools = [Weather, Find] },
        ["call-open"] = new([s_system, s_question, Said("") with { Calls = [First], Reasoning = "Look it up." }, Result(First, "drizzle")]) { Tools = [Weather, Find] },
        ["call-said"] = new([s_question, Said("I look.") with { Calls = [First] }, Result(First, "drizzle")]) { Tools = [Weather, Find] },
        ["calls"] = new([s_question, Said("") with { Calls = [First, Second, Third] }, Result(First, "drizzle"), Result(Second, """{"found": [1, 2]}"""), Result(Third, "sun\nand sun")])
        {
            Tools = [Weather, Find],
        },
        ["steps"] = new([s_question, Said("") with { Calls = [First], Reasoning = "One." }, Result(First, "drizzle"), Said("") with { Calls = [Third], Reasoning = "Two." }, Result(Third, "sun")])
        {
            Tools = [Weather, Find],
        },
    };

    /// <summary>A conversation as templates want it.</summary>
    public static JsonObject Context(Conversation conversation, string begin, string end, bool thinkingInContent = false)
    {
        var context = new JsonObject
        {
            ["messages"] = new JsonArray([.. conversation.Turns.Select(turn => Message(turn, thinkingInContent))]),
            ["add_generation_prompt"] = true,
            ["bos_token"] = begin,
            ["eos_token"] = end,
            ["date_string"] = "26 Jul 2024",
            ["enable_thinking"] = conversation.Effort != Effort.Off,
        };
        if (conversation.Tools.Count > 0)
        {
            context["tools"] = new JsonArray([.. conversation.Tools.Select(Definition)]);
        }

        return context;
    }

    private static Turn Said(string text) => new(TurnRole.Assistant, text);

    private static Turn Result(PastCall call, string text) => new(TurnRole.Tool, text) { Answered = call };

    private static JsonObject Definition(Tool tool) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = tool.Name, ["description"] = tool.Description, ["parameters"] = JsonNode.Parse(tool.Parameters) },
    };

    private static JsonObject Message(Turn turn, bool thinkingInContent)
    {
        var message = new JsonObject { ["role"] = turn.Role.ToString().ToLowerInvariant(), ["content"] = turn.Text };
        if (turn.Role == TurnRole.Assistant)
        {
            if (!thinkingInContent)
            {
                message["reasoning_content"] = turn.Reasoning;
            }
            else if (turn.Reasoning.Length > 0)
            {
                message["content"] = new JsonArray(new JsonObject { ["type"] = "thinking", ["thinking"] = turn.Reasoning }, new JsonObject { ["type"] = "text", ["text"] = turn.Text });
            }
        }

        if (turn.Calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. turn.Calls.Select(call => new JsonObject
            {
                ["id"] = call.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Tool, ["arguments"] = JsonNode.Parse(call.Arguments) },
            })]);
        }

        if (turn.Answered is { } answered)
        {
            message["tool_call_id"] = answered.Id;
        }

        return message;
    }
}
