using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>What models are told of tools, and what they said in calling them.</summary>
internal static class ToolTexts
{
    private const string NoParameters = """{"type": "object", "properties": {}}""";

    /// <summary>A tool as most families have it: {"type": "function", "function": {...}}.</summary>
    /// <exception cref="ConversationException">The schema of its arguments is not JSON.</exception>
    public static string Definition(Conversation conversation, int tool, int indent = 0)
    {
        var definition = $$"""{"type": "function", "function": {{Function(conversation, tool)}}}""";
        return indent == 0 ? definition : SpacedJson.Of(definition, indent) ?? throw NoJson(tool);
    }

    /// <summary>A call's arguments, member by member: strings as they are, all else as JSON.</summary>
    /// <exception cref="ConversationException">They are not an object.</exception>
    public static IReadOnlyList<(string Name, string Value)> Arguments(Conversation conversation, int turn, PastCall call)
    {
        using var document = SpacedJson.Parse(call.Arguments);
        if (document?.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw NoObject(turn);
        }

        var members = new List<(string, string)>();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var name = SpacedJson.Text(() => member.Name);
            var value = member.Value.ValueKind == JsonValueKind.String ? SpacedJson.Text(member.Value.GetString) : SpacedJson.Of(member.Value.GetRawText());
            members.Add((name ?? throw NoObject(turn), value ?? throw NoObject(turn)));
        }

        return members;
    }

    private static ConversationException NoObject(int turn) => new($"message {turn + 1}: the arguments of a call are not a JSON object");

    private static ConversationException NoJson(int tool) => new($"tool {tool + 1}: the schema of its arguments is not JSON, or goes too deep");

    private static string Function(Conversation conversation, int index)
    {
        var tool = conversation.Tools[index];
        var description = tool.Description.Length > 0 ? $"\"description\": {SpacedJson.Quoted(tool.Description)}, " : "";
        var parameters = tool.Parameters.Length == 0 ? NoParameters
            : SpacedJson.Of(tool.Parameters) ?? throw NoJson(index);
        return $$"""{"name": {{SpacedJson.Quoted(tool.Name)}}, {{description}}"parameters": {{parameters}}}""";
    }
}
