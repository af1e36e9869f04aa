using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Harmony;

/// <summary>Tells a JSON Schema as harmony tells the arguments of a tool: like a type of TypeScript.</summary>
/// <remarks>The rules are those of openai/harmony src/encoding.rs; where they differ, docs/formats-harmony.md says why.</remarks>
internal static class ToolSignature
{
    /// <summary>How deep types are told; what lies deeper is any.</summary>
    public const int MostDepth = 16;

    private const string Any = "any";
    private const string Step = "    ";

    /// <summary>The type of a tool's arguments; null if it takes none. What cannot be told is any.</summary>
    public static string? Of(string schema)
    {
        if (string.IsNullOrWhiteSpace(schema))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(schema);
            var root = document.RootElement;
            if (TakesNothing(root))
            {
                return null;
            }

            // The description of the whole stands behind the bracket that opens the arguments.
            return HarmonyTools.Comment(TextOf(root, "description") ?? "") + Type(root, "", MostDepth);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or with half a character in a name.
            return Any;
        }
    }

    private static bool TakesNothing(JsonElement schema) =>
        TextOf(schema, "type") == "object" && Properties(schema) is null && Get(schema, "additionalProperties") is null or { ValueKind: JsonValueKind.False };

    private static string Type(JsonElement schema, string indent, int depth) => string.Join(" | ", Types(schema, indent, depth));

    private static List<string> Types(JsonElement schema, string indent, int depth)
    {
        if (depth <= 0 || schema.ValueKind != JsonValueKind.Object)
        {
            return [Any];
        }

        var types = Variants(schema) is { } variants
            ? variants.EnumerateArray().SelectMany(v => Types(v, indent, depth - 1))
            : Get(schema, "type") switch
            {
                { ValueKind: JsonValueKind.String } name => Single(schema, name.GetString()!, indent, depth),

                // A type that stands there twice is told once, or a deep schema could multiply.
                { ValueKind: JsonValueKind.Array } names when names.GetArrayLength() > 0 => names.EnumerateArray()
                    .Select(n => n.ValueKind == JsonValueKind.String ? n.GetString()! : "").Distinct().SelectMany(n => Single(schema, n, indent, depth)),
                _ => Enumeration(schema) ?? [Any],
            };
        var isNullable = Get(schema, "nullable") is { ValueKind: JsonValueKind.True };
        return [.. types.Concat(isNullable ? ["null"] : []).Distinct()];
    }

    private static List<string> Single(JsonElement schema, string type, string indent, int depth) => type switch
    {
        "string" => Enumeration(schema) ?? ["string"],
        "number" or "integer" => ["number"],
        "boolean" or "null" => [type],
        "array" => [Get(schema, "items") is { } items ? Array(Types(items, indent, depth - 1)) : "any[]"],
        "object" => [Object(schema, indent, depth)],
        _ => [Any],
    };

    // Without brackets only the last of several types would be repeated.
    private static string Array(List<string> items) => items.Count > 1 ? $"({string.Join(" | ", items)})[]" : items[0] + "[]";

    private static List<string>? Enumeration(JsonElement schema)
    {
        var values = Get(schema, "enum") is { ValueKind: JsonValueKind.Array } listed
            ? listed.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => Quoted(v.GetString()!)).ToList()
            : [];
        return values.Count > 0 ? values : null;
    }

    private static string Object(JsonElement schema, string indent, int depth)
    {
        if (Properties(schema) is not { } properties)
        {
            return "object";
        }

        var required = Get(schema, "required") is { ValueKind: JsonValueKind.Array } listed
            ? listed.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!).ToHashSet(StringComparer.Ordinal)
            : [];
        var text = new StringBuilder("{\n");
        foreach (var property in properties.EnumerateObject())
        {
            var name = Name(property.Name) + (required.Contains(property.Name) ? "" : "?");
            Append(text, name, property.Value, indent, depth);
        }

        return text.Append(indent).Append('}').ToString();
    }

    private static void Append(StringBuilder text, string name, JsonElement schema, string indent, int depth)
    {
        if (TextOf(schema, "title") is { Length: > 0 } title)
        {
            text.Append(HarmonyTools.Comment(title, indent)).Append(indent).Append("//\n");
        }

        text.Append(HarmonyTools.Comment(TextOf(schema, "description") ?? "", indent));
        AppendExamples(text, schema, indent);
        var preset = Default(schema);
        if (Variants(schema) is not { } variants)
        {
            text.Append(indent).Append(name).Append(": ").Append(Type(schema, indent + Step, depth - 1)).Append(',')
                .Append(preset is null ? "" : " // " + preset).Append('\n');
            return;
        }

        text.Append(HarmonyTools.Comment(preset ?? "", indent)).Append(indent).Append(name).Append(":\n");
        foreach (var variant in variants.EnumerateArray())
        {
            var told = TextOf(variant, "description") is { Length: > 0 } description && description != TextOf(schema, "description")
                ? OneLine(description)
                : null;
            var remark = string.Join(' ', new[] { told, Default(variant) }.OfType<string>());
            text.Append(indent).Append(" | ").Append(Type(variant, indent + "   ", depth - 2))
                .Append(remark.Length > 0 ? " // " + remark : "").Append('\n');
        }

        text.Append(indent).Append(",\n");
    }

    private static void AppendExamples(StringBuilder text, JsonElement schema, string indent)
    {
        if (Get(schema, "examples") is { ValueKind: JsonValueKind.Array } examples && examples.GetArrayLength() > 0)
        {
            text.Append(indent).Append("// Examples:\n");
            foreach (var example in examples.EnumerateArray())
            {
                text.Append(indent).Append("// - ").Append(Value(example)).Append('\n');
            }
        }
    }

    /// <summary>The value that a parameter has when it is not given: one of an enumeration stands without quotes.</summary>
    private static string? Default(JsonElement schema) => Get(schema, "default") is not { } value ? null
        : value.ValueKind == JsonValueKind.String && Enumeration(schema) is not null ? "default: " + OneLine(value.GetString()!)
        : "default: " + Value(value);

    private static string Value(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return Quoted(value.GetString()!);
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            value.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Name(string name) => name.Length > 0 && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '$' or '.') ? name : Quoted(name);

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    /// <summary>The alternatives of a schema; null if it has none.</summary>
    private static JsonElement? Variants(JsonElement schema) =>
        Get(schema, "oneOf") is { ValueKind: JsonValueKind.Array } one && one.GetArrayLength() > 0 ? one
        : Get(schema, "anyOf") is { ValueKind: JsonValueKind.Array } any && any.GetArrayLength() > 0 ? any
        : null;

    private static JsonElement? Properties(JsonElement schema) =>
        Get(schema, "properties") is { ValueKind: JsonValueKind.Object } properties && properties.EnumerateObject().MoveNext() ? properties : null;

    private static string? TextOf(JsonElement schema, string key) =>
        Get(schema, key) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Get(JsonElement schema, string key) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(key, out var value) ? value : null;
}
