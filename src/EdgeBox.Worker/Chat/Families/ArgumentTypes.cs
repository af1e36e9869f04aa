using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>What the schema of a tool says of the kinds of its arguments.</summary>
internal sealed class ArgumentTypes : IDisposable
{
    private readonly JsonDocument? _schema;

    private ArgumentTypes(JsonDocument? schema) => _schema = schema;

    public static ArgumentTypes Of(IReadOnlyList<Tool> tools, string name) =>
        new(tools.FirstOrDefault(t => t.Name == name) is { Parameters.Length: > 0 } tool ? SpacedJson.Parse(tool.Parameters) : null);

    /// <summary>A value as JSON: what the schema calls a string is one; of other values those that are JSON already are left.</summary>
    public string Json(string argument, string value)
    {
        var kind = KindOf(argument);
        if (kind != "string")
        {
            // Python's words, as templates write them.
            value = (kind, value.Trim()) switch { ("boolean", "True") => "true", ("boolean", "False") => "false", (not null, "None") => "null", _ => value };
            using var document = SpacedJson.Parse(value);
            if (document is not null && SpacedJson.Of(value) is not null)
            {
                return value.Trim();
            }
        }

        return SpacedJson.Quoted(value);
    }

    public void Dispose() => _schema?.Dispose();

    private string? KindOf(string argument) =>
        _schema is { RootElement.ValueKind: JsonValueKind.Object }
        && _schema.RootElement.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
        && properties.TryGetProperty(argument, out var property) && property.ValueKind == JsonValueKind.Object
        && property.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? SpacedJson.Text(type.GetString)
            : null;
}
