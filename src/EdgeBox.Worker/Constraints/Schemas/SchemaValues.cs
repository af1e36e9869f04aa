using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Compares values as JSON Schema sees them: 1 and 1.0 are the same, and the order of names does not matter.</summary>
internal static class SchemaValues
{
    /// <summary>A text that equal values have in common, and no others.</summary>
    public static string KeyOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => ExactNumber.Read(value.GetRawText())?.ToString() ?? value.GetRawText(),
        JsonValueKind.String => KeyOf(value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(KeyOf))}]",
        JsonValueKind.Object =>
            $"{{{string.Join(',', value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{KeyOf(property.Name)}:{KeyOf(property.Value)}"))}}}",
        _ => value.GetRawText(),
    };

    private static string KeyOf(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
