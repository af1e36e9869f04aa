using System.Globalization;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Random schemas of the subset, and random values that are likely to be near them.</summary>
internal sealed class RandomSchema(int seed)
{
    private static readonly string[] s_names = ["a", "b", "ab", "c"];
    private static readonly string[] s_types = ["null", "boolean", "integer", "number", "string", "array", "object"];
    private static readonly string[] s_scalars = ["null", "true", "false", "0", "1", "2.5", "-3", "12", "\"\"", "\"a\"", "\"ab\"", "\"ba\"", "\"aab\""];
    private static readonly string[] s_patterns = ["a", "^a", "b$", "^(ab|a)*$", "^.{2}$", "a.?b"];

    private readonly Random _random = new(seed);

    public string Schema(int depth = 3)
    {
        if (_random.Next(12) == 0)
        {
            return Pick(["true", "true", "false"]);
        }

        var keywords = new Dictionary<string, string>();
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            var (keyword, value) = Keyword(depth);
            keywords[keyword] = value;
        }

        return $"{{{string.Join(',', keywords.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}";
    }

    /// <summary>A value as compact JSON, its names in order.</summary>
    public string Value(int depth = 3) => _random.Next(depth > 0 ? 5 : 3) switch
    {
        3 => $"[{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth - 1)))}]",
        4 => $"{{{string.Join(',', s_names.Where(_ => _random.Next(2) == 0).Select(name => $"\"{name}\":{Value(depth - 1)}"))}}}",
        _ => Pick(s_scalars),
    };

    private (string Keyword, string Value) Keyword(int depth) => _random.Next(depth > 0 ? 22 : 10) switch
    {
        0 or 1 => ("type", $"\"{Pick(s_types)}\""),
        2 => ("type", $"[\"{Pick(s_types)}\",\"{Pick(s_types)}\"]"),
        3 => ("enum", $"[{string.Join(',', Enumerable.Range(0, 4).Select(_ => Pick(s_scalars)).Distinct())}]"),
        4 => ("minimum", Pick(["-3", "0", "1", "2.5", "3"])),
        5 => ("exclusiveMaximum", Pick(["0", "1", "2.5", "12", "12.5"])),
        6 => ("multipleOf", Pick(["0.5", "1", "2", "3"])),
        7 => ("minLength", Pick(["0", "1", "2"])),
        8 => ("maxLength", Pick(["0", "1", "2"])),
        9 => ("pattern", $"\"{Pick(s_patterns)}\""),
        10 => ("items", Schema(depth - 1)),
        11 => ("prefixItems", List(depth)),
        12 => ("minItems", Number(3)),
        13 => ("maxItems", Number(3)),
        14 => ("properties", $"{{{string.Join(',', s_names.Take(3).Where(_ => _random.Next(2) == 0).Select(name => $"\"{name}\":{Schema(depth - 1)}"))}}}"),
        15 => ("additionalProperties", Schema(depth - 1)),
        16 => ("required", $"[\"{Pick(s_names)}\"]"),
        17 => (Pick(["minProperties", "maxProperties"]), Number(4)),
        18 => ("allOf", List(depth)),
        19 => ("anyOf", List(depth)),
        20 => ("oneOf", List(depth)),
        _ => ("not", Schema(depth - 1)),
    };

    private string List(int depth) => $"[{string.Join(',', Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Schema(depth - 1)))}]";

    private string Number(int below) => _random.Next(below).ToString(CultureInfo.InvariantCulture);

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
