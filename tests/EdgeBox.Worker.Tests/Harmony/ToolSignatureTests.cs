using CsCheck;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Schemas of arguments, told as types.</summary>
public sealed class ToolSignatureTests
{
    private const string Property = "{\"type\":\"object\",\"properties\":{\"a\":";

    [Theory]
    [InlineData("""{"type":"string"}""", "a?: string,")]
    [InlineData("""{"type":"integer"}""", "a?: number,")]
    [InlineData("""{"type":"boolean","default":false}""", "a?: boolean, // default: false")]
    [InlineData("""{"type":"string","default":"x"}""", "a?: string, // default: \"x\"")]
    [InlineData("""{"type":"string","enum":["c","f"],"default":"c"}""", "a?: \"c\" | \"f\", // default: c")]
    [InlineData("""{"enum":["c","f"]}""", "a?: \"c\" | \"f\",")]
    [InlineData("""{"type":"array"}""", "a?: any[],")]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "a?: number[],")]
    [InlineData("""{"type":"array","items":{"type":"string","enum":["x","y"]}}""", "a?: (\"x\" | \"y\")[],")]
    [InlineData("""{"type":["string","null"]}""", "a?: string | null,")]
    [InlineData("""{"type":["string","null"],"nullable":true}""", "a?: string | null,")]
    [InlineData("""{"type":["string","string"]}""", "a?: string,")]
    [InlineData("""{"type":"object","nullable":true}""", "a?: object | null,")]
    [InlineData("""{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}""", "a?: {\n    b: string,\n    },")]
    [InlineData("""{"type":"string","description":"One.\nTwo."}""", "// One.\n// Two.\na?: string,")]
    [InlineData("""{"type":"number","examples":[1,{"x": "y"}]}""", "// Examples:\n// - 1\n// - {\"x\":\"y\"}\na?: number,")]
    [InlineData("""{"type":"string","default":"a\nb\"\\"}""", "a?: string, // default: \"a\\nb\\\"\\\\\"")]
    [InlineData("""{"type":"string","enum":["a\nb"],"default":"a\nb"}""", "a?: \"a\\nb\", // default: a b")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}],"description":"maybe"}""", "// maybe\na?:\n | string\n | null\n,")]
    [InlineData("""{"oneOf":[{"type":"string","description":"same"},{"type":"number","description":"two\nlines"}],"description":"same"}""",
        "// same\na?:\n | string\n | number // two lines\n,")]
    [InlineData("""{"oneOf":[]}""", "a?: any,")]
    [InlineData("""{"type":"array","items":{"oneOf":[{"type":"string"},{"type":"number"}]}}""", "a?: (string | number)[],")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "a?: any,")]
    [InlineData("""{"type":"odd"}""", "a?: any,")]
    [InlineData("""{"type":7}""", "a?: any,")]
    [InlineData("""{"type":[7]}""", "a?: any,")]
    [InlineData("""{"type":[]}""", "a?: any,")]
    [InlineData("""{"type":"string","anyOf":[]}""", "a?: string,")]
    [InlineData("true", "a?: any,")]
    public void Of_Property_IsToldAsAType(string schema, string told) =>
        Assert.Equal($"{{\n{told}\n}}", ToolSignature.Of(Property + schema + "}}"));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("""{"type":"object"}""")]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":false}""")]
    public void Of_SchemaOfNothing_IsNone(string schema) => Assert.Null(ToolSignature.Of(schema));

    [Theory]
    [InlineData("{", "any")]
    [InlineData("7", "any")]
    [InlineData("{}", "any")]
    [InlineData("""{"type":"object","properties":{"":{}}}""", "{\n\"\"?: any,\n}")]
    [InlineData("""{"type":"object","properties":{"\ud800":{"type":"string"}}}""", "any")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","description":"\ud800"}}}""", "any")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", "object")]
    [InlineData("""{"type":"object","properties":{"a b":{"type":"string"},"c-d":{"type":"string"},"é\n":{}}}""", "{\n\"a b\"?: string,\nc-d?: string,\n\"é\\n\"?: any,\n}")]
    public void Of_OddSchema_IsToldAsFarAsItCanBe(string schema, string told) => Assert.Equal(told, ToolSignature.Of(schema));

    [Fact]
    public void Of_DeepSchema_IsAnyBelowTheBound()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 30)) + "{}" + new string('}', 30);
        Assert.Equal("any" + string.Concat(Enumerable.Repeat("[]", ToolSignature.MostDepth)), ToolSignature.Of(deep));
        var deeper = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 3000)) + "{}" + new string('}', 3000);
        Assert.Equal("any", ToolSignature.Of(deeper));
    }

    [Theory]
    [InlineData("{\"oneOf\":[", "]}", 15, 16)]
    [InlineData(Property, "}}", 15, 16)]
    [InlineData(Property + "{\"anyOf\":[", "]}}}", 7, 8)]
    public void Of_SchemaWithinASchema_IsToldDownToTheBound(string open, string close, int told, int untold)
    {
        bool IsTold(int levels) => ToolSignature.Of(string.Concat(Enumerable.Repeat(open, levels)) + "{\"type\":\"string\"}" + string.Concat(Enumerable.Repeat(close, levels)))!
            .Contains("string", StringComparison.Ordinal);
        Assert.Equal((true, false), (IsTold(told), IsTold(untold)));
    }

    [Fact]
    public void Of_TypesThatRepeatAtEveryDepth_DoNotMultiply()
    {
        const string Types = "\"type\":[\"object\",\"array\",\"object\",\"array\"]";
        var schema = string.Concat(Enumerable.Repeat($"{{{Types},\"properties\":{{\"a\":", 16)) + "{}" + string.Concat(Enumerable.Repeat("}}", 16));
        Assert.InRange(ToolSignature.Of(schema)!.Length, 16, 16 * 200);
    }

    [Fact]
    public void Of_AnyJson_NeverFails()
    {
        var word = HarmonyStream.AnyOf(
            "\"type\"", "\"object\"", "\"array\"", "\"string\"", "\"properties\"", "\"items\"", "\"oneOf\"", "\"enum\"", "\"default\"", "\"examples\"", "\"nullable\"",
            "\"required\"", "\"description\"", "\"title\"", "true", "null", "1e999", "{", "}", "[", "]", ":", ",");
        word.Array[0, 40].Select(string.Concat).Sample(schema => ToolSignature.Of(schema) is not "");
        var value = HarmonyStream.AnyOf("{}", "[]", "[{}]", "true", "null", "\"object\"", "\"array\"", "[\"object\",\"null\"]", "\"x\"", "-1", "{\"a\":{\"type\":\"object\"}}");
        var key = HarmonyStream.AnyOf("type", "properties", "items", "oneOf", "anyOf", "enum", "default", "examples", "nullable", "required", "description", "title");
        Gen.Select(key, value, (k, v) => $"\"{k}\":{v}").Array[1, 6].Select(pairs => "{" + string.Join(',', pairs) + "}")
            .Sample(schema => ToolSignature.Of(Property + schema + "}}")!.StartsWith("{\na?:", StringComparison.Ordinal)
                || schema.Contains("description", StringComparison.Ordinal) || schema.Contains("title", StringComparison.Ordinal)
                || schema.Contains("examples", StringComparison.Ordinal) || schema.Contains("Of", StringComparison.Ordinal));
    }
}
