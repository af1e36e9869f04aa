using System.Text.Json.Nodes;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Judges values by schemas as <see cref="RandomSchema"/> makes them, as plainly as the standard says it.</summary>
internal static class SmallValidator
{
    public static bool Matches(JsonNode? schema, JsonNode? value)
    {
        if (schema is JsonValue always)
        {
            return always.GetValue<bool>();
        }

        return schema!.AsObject().All(keyword => Holds(keyword.Key, keyword.Value, schema.AsObject(), value));
    }

    private static bool Holds(string keyword, JsonNode? said, JsonObject schema, JsonNode? value)
    {
        var (number, text, list, map) = (Number(value), Text(value), value as JsonArray, value as JsonObject);
        return keyword switch
        {
            "type" => said is JsonArray types ? types.Any(type => HasType(type!.GetValue<string>(), value)) : HasType(said!.GetValue<string>(), value),
            "const" => JsonNode.DeepEquals(said, value),
            "enum" => said!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
            "minimum" => !(number < said!.GetValue<decimal>()),
            "exclusiveMaximum" => !(number >= said!.GetValue<decimal>()),
            "multipleOf" => number is not { } n || n % said!.GetValue<decimal>() == 0,
            "minLength" => !(text?.Length < said!.GetValue<int>()),
            "maxLength" => !(text?.Length > said!.GetValue<int>()),
            "pattern" => text is null || System.Text.RegularExpressions.Regex.IsMatch(text, said!.GetValue<string>()),
            "items" => list is null || list.Skip(schema["prefixItems"]?.AsArray().Count ?? 0).All(item => Matches(said, item)),
            "prefixItems" => list is null || list.Zip(said!.AsArray()).All(pair => Matches(pair.Second, pair.First)),
            "minItems" => !(list?.Count < said!.GetValue<int>()),
            "maxItems" => !(list?.Count > said!.GetValue<int>()),
            "properties" => map is null || said!.AsObject().All(property => !map.ContainsKey(property.Key) || Matches(property.Value, map[property.Key])),
            "additionalProperties" => map is null || map.All(property => schema["properties"]?[property.Key] is not null || Matches(said, property.Value)),
            "required" => map is null || said!.AsArray().All(name => map.ContainsKey(name!.GetValue<string>())),
            "minProperties" => !(map?.Count < said!.GetValue<int>()),
            "maxProperties" => !(map?.Count > said!.GetValue<int>()),
            "allOf" => said!.AsArray().All(part => Matches(part, value)),
            "anyOf" => said!.AsArray().Any(part => Matches(part, value)),
            "oneOf" => said!.AsArray().Count(part => Matches(part, value)) == 1,
            "not" => !Matches(said, value),
            _ => throw new InvalidOperationException(keyword),
        };
    }

    private static bool HasType(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "boolean" => value is JsonValue flag && flag.TryGetValue<bool>(out _),
        "number" => Number(value) is not null,
        "integer" => Number(value) is { } number && number % 1 == 0,
        "string" => Text(value) is not null,
        "array" => value is JsonArray,
        _ => value is JsonObject,
    };

    private static decimal? Number(JsonNode? value) => value is JsonValue number && number.TryGetValue<decimal>(out var read) ? read : null;

    private static string? Text(JsonNode? value) => value is JsonValue text && text.TryGetValue<string>(out var read) ? read : null;
}
