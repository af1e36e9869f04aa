using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>What Qwen3-Coder is told of a tool: its schema member by member, in XML.</summary>
internal static class XmlDefinition
{
    /// <exception cref="ConversationException">The schema of its arguments is not a JSON object.</exception>
    public static string Of(Conversation conversation, int index)
    {
        var tool = conversation.Tools[index];
        using var schema = SpacedJson.Parse(tool.Parameters.Length > 0 ? tool.Parameters : """{"type": "object", "properties": {}}""");
        if (schema?.RootElement.ValueKind != JsonValueKind.Object || SpacedJson.Of(schema.RootElement.GetRawText()) is null)
        {
            throw new ConversationException($"tool {index + 1}: the schema of its arguments is not a JSON object");
        }

        var text = new StringBuilder($"<function>\n<name>{tool.Name}</name>");
        if (tool.Description.Length > 0)
        {
            text.Append("\n<description>").Append(tool.Description.AsSpan().Trim()).Append("</description>");
        }

        text.Append("\n<parameters>");
        var isMapping = schema.RootElement.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object;
        foreach (var property in isMapping ? properties.EnumerateObject() : default)
        {
            Parameter(property, text);
        }

        Others(schema.RootElement, ["type", "properties"], text);
        return text.Append("\n</parameters>\n</function>").ToString();
    }

    private static void Parameter(JsonProperty property, StringBuilder text)
    {
        text.Append("\n<parameter>\n<name>").Append(property.Name).Append("</name>");
        if (property.Value.ValueKind == JsonValueKind.Object)
        {
            if (property.Value.TryGetProperty("type", out var type))
            {
                text.Append("\n<type>").Append(Plain(type)).Append("</type>");
            }

            if (property.Value.TryGetProperty("description", out var description))
            {
                text.Append("\n<description>").Append(Plain(description).AsSpan().Trim()).Append("</description>");
            }

            Others(property.Value, ["name", "type", "description"], text);
        }

        text.Append("\n</parameter>");
    }

    private static void Others(JsonElement members, ReadOnlySpan<string> handled, StringBuilder text)
    {
        foreach (var member in members.EnumerateObject())
        {
            if (!handled.Contains(member.Name))
            {
                text.Append("\n<").Append(member.Name).Append('>').Append(Plain(member.Value)).Append("</").Append(member.Name).Append('>');
            }
        }
    }

    private static string Plain(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : SpacedJson.Of(value.GetRawText())!;
}
