using System.Text.Json;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>JSON judged by schemas: by the published test suite of the draft where it is there, and by hand.</summary>
public sealed class SchemaTests
{
    // Schemas of the suite that are refused, by the keyword that is named, are none of these.
    private static readonly string[] s_judged =
    [
        "additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "contains", "dependentRequired", "dependentSchemas", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "if-then-else", "items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength",
        "minProperties", "minimum", "multipleOf", "not", "oneOf", "patternProperties", "prefixItems", "properties", "propertyNames", "required", "type",
        "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
    ];

    [Fact]
    public void Judge_PublishedSuite_AgreesOrRefusesByName()
    {
        var folder = Path.GetFullPath(Path.Combine(Repository(), "..", "shared", "data", "json-schema-test-suite"));
        Assert.SkipUnless(Directory.Exists(folder), "no shared data");
        var (agreed, refused, wrong) = (0, new List<string>(), new List<string>());
        foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var suite = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var group in suite.RootElement.EnumerateArray())
            {
                var title = $"{Path.GetFileNameWithoutExtension(file)}: {group.GetProperty("description").GetString()}";
                try
                {
                    var judge = SchemaJudge.Of(group.GetProperty("schema").GetRawText(), "schema");
                    foreach (var test in group.GetProperty("tests").EnumerateArray())
                    {
                        var isValid = judge.Judge(test.GetProperty("data").GetRawText(), "") is null;
                        agreed++;
                        if (isValid != test.GetProperty("valid").GetBoolean())
                        {
                            wrong.Add($"{title}: {test.GetProperty("description").GetString()}");
                        }
                    }
                }
                catch (FailureException failure)
                {
                    refused.Add($"{title}: {failure.Message}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(agreed >= 900, $"{agreed} cases were judged.\n{string.Join('\n', refused)}");
        Assert.All(s_judged, name => Assert.True(refused.Count(title => title.StartsWith(name + ":", StringComparison.Ordinal)) <= 3, string.Join('\n', refused)));
    }

    [Theory]
    [InlineData("""{"$dynamicRef":"#x"}""", "#/$dynamicRef")]
    [InlineData("""{"properties":{"a":{"x-mine":1}}}""", "#/properties/a/x-mine")]
    [InlineData("""{"$ref":"https://example.org/x"}""", "#/$ref")]
    [InlineData("""{"$ref":"#/$defs/no"}""", "#/$ref")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#"}""", "#/$schema")]
    [InlineData("""{"properties":{"a":{"$id":"https://example.org/x"}}}""", "#/properties/a/$id")]
    [InlineData("""{"pattern":"(?=x)"}""", "#/pattern")]
    [InlineData("""{"pattern":"[\\D]"}""", "#/pattern")]
    [InlineData("""{"type":"text"}""", "#/type")]
    [InlineData("""{"minLength":-1}""", "#/minLength")]
    [InlineData("""{"minimum":"1"}""", "#/minimum")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf")]
    [InlineData("""{"allOf":[]}""", "#/allOf")]
    [InlineData("""{"required":[1]}""", "#/required")]
    [InlineData("""{"properties":[]}""", "#/properties")]
    [InlineData("""{"items":3}""", "#/items")]
    [InlineData("""{"enum":3}""", "#/enum")]
    [InlineData("[]", "#")]
    [InlineData("""{"$defs":{"a":{"type":"text"}}}""", "#/$defs/a/type")]
    [InlineData("""{"type":["null","text"]}""", "#/type")]
    [InlineData("""{"pattern":1}""", "#/pattern")]
    [InlineData("""{"$ref":1}""", "#/$ref")]
    [InlineData("""{"required":["a",1]}""", "#/required")]
    [InlineData("""{"minLength":"1"}""", "#/minLength")]
    [InlineData("""{"minLength":0.5}""", "#/minLength")]
    [InlineData("""{"minLength":1e15}""", "#/minLength")]
    [InlineData("""{"minContains":-1}""", "#/minContains")]
    [InlineData("""{"prefixItems":1}""", "#/prefixItems")]
    public void Read_WhatCannotBeJudged_IsRefusedByName(string schema, string place)
    {
        var failure = Assert.Throws<FailureException>(() => SchemaReader.Read(schema, "checks[0].json_schema"));
        Assert.StartsWith($"checks[0].json_schema: {place} ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$ref":"#no"}""", "#/$ref leads nowhere")]
    [InlineData("""{"$ref":"/$defs/a"}""", "#/$ref leads out of the schema")]
    [InlineData("""{"$anchor":1,"$ref":"#1"}""", "#/$ref leads nowhere")]
    [InlineData("""{"minLength":"1"}""", "#/minLength is no number")]
    [InlineData("""{"minLength":-1}""", "#/minLength is no number of things")]
    [InlineData("""{"properties":{"a/b~":3}}""", "#/properties/a~1b~0 is no schema")]
    public void Read_WhatCannotBeJudged_IsToldWhy(string schema, string problem) => Assert.Equal(
        $"s: {problem}; allowed: JSON Schema, draft 2020-12, with references into itself alone; docs/checks.md lists the keywords.",
        Assert.Throws<FailureException>(() => SchemaReader.Read(schema, "s")).Message);

    [Theory]
    [InlineData("""{"minLength":0,"maxLength":100000000000000}""", "\"\"", true)]
    [InlineData("""{"properties":{"a":{"type":"null"},"a":{"type":"string"}}}""", """{"a":"x"}""", true)]
    [InlineData("""{"properties":{"a":{"type":"null"},"a":{"type":"string"}}}""", """{"a":null}""", false)]
    [InlineData("""{"type":"string","allOf":[{"$ref":"#/allOf/1"},{"minLength":2}]}""", "\"a\"", false)]
    public void Read_Schema_IsUnderstood(string schema, string answer, bool matches) => Assert.Equal(matches, SchemaJudge.Of(schema, "s").Judge(answer, "") is null);

    [Theory]
    [InlineData("""{"type":"object","required":["a"]}""", "{}", "The JSON does not match its schema: the answer lacks \"a\".")]
    [InlineData("""{"properties":{"a":{"minimum":5}}}""", """{"a":4.9}""", "The JSON does not match its schema: the answer.a must be at least 5.")]
    [InlineData("""{"items":{"type":"string"}}""", "[1]", "The JSON does not match its schema: the answer[0] must be of type string.")]
    [InlineData("true", "```json\n{}\n```", "The answer must be one JSON document and nothing else: no words around it, no code fence.")]
    [InlineData("""{"pattern":"^a$"}""", "\"a\\n\"", "The JSON does not match its schema: the answer must match the pattern ^a\\z.")]
    [InlineData("""{"pattern":"^\\d$"}""", "\"၅\"", "The JSON does not match its schema: the answer must match the pattern ^[0-9]\\z.")]
    [InlineData("""{"$ref":"#"}""", "1", "Too much work would be needed to judge the JSON by its schema.")]
    [InlineData("""{"maxLength":1}""", "\"\\ud800\"", "The JSON holds a text with half of a surrogate pair.")]
    public void Judge_WhatIsWrong_IsSaidInWords(string schema, string answer, string problem) =>
        Assert.Equal(problem, SchemaJudge.Of(schema, "schema").Judge(answer, ""));

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("100", "1e2", true)]
    [InlineData("-0", "0", true)]
    [InlineData("0.1", "1e-1", true)]
    [InlineData("1", "1e-999999999999999", false)]
    [InlineData("12345678901234567890123", "12345678901234567890124", false)]
    public void Parse_NumbersOfOneValue_AreEqual(string one, string other, bool equal) =>
        Assert.Equal(equal, JsonNumber.Parse(one) == JsonNumber.Parse(other));

    [Theory]
    [InlineData("4.5", "1.5", true)]
    [InlineData("4.4", "1.5", false)]
    [InlineData("0.0075", "0.0001", true)]
    [InlineData("1e999999999", "3", false)]
    [InlineData("1e999999999", "5", true)]
    [InlineData("1", "1e999999999", false)]
    public void IsMultipleOf_Numbers_IsExactAndQuick(string number, string of, bool multiple) =>
        Assert.Equal(multiple, JsonNumber.Parse(number).IsMultipleOf(JsonNumber.Parse(of)));

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "EdgeBox.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
