using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>What schemas allow, by example; what is refused, and in which words.</summary>
public sealed class SchemaGrammarTests
{
    /// <summary>A schema, texts that match and texts that do not, one a line.</summary>
    public static TheoryData<string, string, string> Examples => new()
    {
        { """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"},"c":{"type":"boolean"}},"required":["b"],"additionalProperties":false}""",
            "{\"b\":null}\n{\"a\":1,\"b\":null}\n{\"b\":null,\"c\":true}\n{\"a\":-7,\"b\":null,\"c\":false}\n{\"a\": 1, \"b\": null}",
            "{}\n{\"a\":1}\n{\"b\":null,\"a\":1}\n{\"b\":null,}\n{,\"b\":null}\n{\"b\":null,\"d\":1}\n{\"a\":1.5,\"b\":null}\n{\"b\":null,\"b\":null}" },
        { """{"properties":{"ab":{"type":"null"},"ac\n":{}},"type":"object"}""",
            "{\"a\":1}\n{\"ab\":null,\"abc\":1}\n{\"\":1,\"b\":2}\n{\"ac\":3}\n{\"ac\\n\":3,\"ad\":4}",
            "{\"ab\":1}\n{\"x\":1,\"ab\":null}\n{\"ab\":null,\"ab\":null}\n{\"\\u0061b\":1}\n{\"x\":1,\"ac\\n\":2}" },
        { """{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1]\n[1,2]\n[1, 2, 3]\n[ 1 ]", "[]\n[1,2,3,4]\n[1,]\n[1,\"a\"]\n[  1]" },
        { """{"type":"array","prefixItems":[{"type":"null"},{"type":"boolean"}],"items":{"type":"string"},"minItems":2,"maxItems":4}""",
            "[null,true]\n[null,true,\"a\",\"b\"]", "[null]\n[true,null]\n[null,true,1]\n[null,true,\"a\",\"b\",\"c\"]" },
        { """{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"\n\"😀é\"\n\"a\\n\"\n\"\\ud83d\\ude00x\"\n\"\\u00e9\\/\"", "\"a\"\n\"abcd\"\n\"\\ud83d\"\n\"\\ud83dx\"\n\"\\ude00x\"\n\"😀\"" },
        { """{"type":"string","pattern":"b+"}""", "\"b\"\n\"abba\"\n\"\\n\\\"b\\\\\"", "\"\"\n\"a\"\n\"\\u0062\"" },
        { """{"type":"string","pattern":"^[a-z]+$","minLength":2,"maxLength":3}""", "\"ab\"\n\"abc\"", "\"a\"\n\"abcd\"\n\"aB\"" },
        { """{"type":"string","allOf":[{"pattern":"a"},{"pattern":"b"},{"not":{"pattern":"c"}}]}""", "\"ab\"\n\"xbya\"", "\"a\"\n\"b\"\n\"abc\"" },
        { """{"type":"string","pattern":"x(^a|b$)"}""", "\"xb\"\n\"axb\"", "\"xa\"\n\"xbc\"" },
        { """{"type":"string","format":"date"}""", "\"2024-02-29\"\n\"2000-02-29\"\n\"1999-12-31\"", "\"2023-02-29\"\n\"1900-02-29\"\n\"2024-04-31\"\n\"2024-13-01\"\n\"24-01-01\"" },
        { """{"type":"string","format":"date-time"}""", "\"2024-02-29T23:59:59.5Z\"\n\"2024-01-01T00:00:00+06:30\"", "\"2024-01-01\"\n\"2024-01-01T24:00:00Z\"\n\"2024-01-01T00:00:00\"" },
        { """{"type":"string","format":"time"}""", "\"01:02:03Z\"\n\"01:02:03.123-05:00\"", "\"1:02:03Z\"\n\"01:60:03Z\"" },
        { """{"type":"string","format":"uuid"}""", "\"2eb8aa08-aa98-11ea-b4aa-73b441d16380\"", "\"2eb8aa08aa9811eab4aa73b441d16380\"" },
        { """{"type":"string","format":"ipv4"}""", "\"0.10.200.255\"", "\"256.0.0.0\"\n\"01.0.0.0\"\n\"1.2.3\"" },
        { """{"type":"string","format":"colour"}""", "\"red\"\n\"\"", "1" },
        { """{"type":"integer","minimum":-5,"maximum":120}""", "-5\n0\n7\n99\n120", "-6\n121\n-0\n1.0\n007\n1000\n-10" },
        { """{"type":"integer","exclusiveMinimum":99,"exclusiveMaximum":1001}""", "100\n999\n1000", "99\n1001\n10000\n0" },
        { """{"type":"number","minimum":0.5,"exclusiveMaximum":2}""", "0.5\n0.50\n1\n1.999\n1.0", "0.4\n0.49\n2\n2.0\n-1\n1e0\n00.5\n.5\n1." },
        { """{"type":"number","maximum":-1.25}""", "-1.25\n-1.250\n-1.3\n-12", "-1.2\n-1\n0\n1.25\n-1.2499" },
        { """{"type":"number","minimum":0}""", "0\n0.0\n-0\n-0.0\n1.5", "-0.1\n-1" },
        { """{"type":"number","multipleOf":0.01,"minimum":0}""", "0\n19.90\n19.9\n5\n0.010", "0.001\n-1\n1.999" },
        { """{"type":"integer","multipleOf":7}""", "0\n7\n-14\n21\n700", "1\n8\n-13" },
        { """{"type":"number","multipleOf":1.5}""", "0\n1.5\n3\n4.50\n-7.5", "1\n2\n1.55" },
        { """{"type":"number","multipleOf":1}""", "0\n5\n5.0", "5.5" },
        { """{"type":"number"}""", "0\n-1.5e10\n1E-3\n0.0", "01\n+1\n1.\n.5\n--1\n1e1000" },
        { """{"type":"integer"}""", "0\n-12\n12345678901234567890", "-0\n1.0\n1e3\n123456789012345678901" },
        { """{"enum":["a",1,null,true,{"x":[1,2]},1.50]}""", "\"a\"\n1\nnull\ntrue\n{\"x\":[1,2]}\n{\"x\": [1, 2]}\n1.5", "\"b\"\n2\nfalse\n{\"x\":[2,1]}\n{}" },
        { """{"type":["string","null"],"enum":["a",1,null]}""", "\"a\"\nnull", "1" },
        { """{"const":"a\"\\\n\u0001é"}""", "\"a\\\"\\\\\\n\\u0001é\"", "\"a\"" },
        { """{"anyOf":[{"type":"integer","minimum":5},{"type":"string","maxLength":1}]}""", "5\n\"a\"\n\"\"", "4\n\"ab\"\nnull" },
        { """{"oneOf":[{"properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind","x"],"additionalProperties":false,"type":"object"},{"properties":{"kind":{"const":"b"},"y":{"type":"null"}},"required":["kind","y"],"additionalProperties":false,"type":"object"}]}""",
            "{\"kind\":\"a\",\"x\":1}\n{\"kind\":\"b\",\"y\":null}", "{\"kind\":\"a\",\"y\":null}\n{\"kind\":\"c\"}\n{}" },
        { """{"type":"integer","oneOf":[{"multipleOf":2},{"multipleOf":3}]}""", "2\n3\n4\n9", "1\n6\n0\n12" },
        { """{"allOf":[{"properties":{"a":{"minimum":2}},"required":["a"]},{"properties":{"a":{"maximum":4}}}],"type":"object","additionalProperties":{"type":"integer"}}""",
            "{\"a\":2}\n{\"a\":4,\"b\":1}", "{\"a\":5}\n{\"a\":1}\n{}\n{\"a\":2.5}\n{\"a\":2,\"b\":\"x\"}" },
        { """{"type":"object","properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":false}""",
            "{}\n{\"left\":{}}\n{\"left\":{\"right\":{}},\"right\":{}}", "{\"left\":1}\n{\"middle\":{}}" },
        { """{"$ref":"#list","$defs":{"a":{"$anchor":"list","type":"array","items":{"$ref":"#/$defs/b"}},"b":{"type":"null"}}}""", "[]\n[null,null]", "[1]\nnull" },
        { """{"type":"object","minProperties":2,"maxProperties":3,"properties":{"a":{},"b":{}}}""",
            "{\"a\":1,\"b\":1}\n{\"a\":1,\"c\":1}\n{\"c\":1,\"d\":1}\n{\"a\":1,\"b\":1,\"c\":1}\n{\"c\":1,\"d\":1,\"e\":1}", "{}\n{\"a\":1}\n{\"c\":1}\n{\"a\":1,\"b\":1,\"c\":1,\"d\":1}\n{\"c\":1,\"d\":1,\"e\":1,\"f\":1}" },
        { """{"type":"object","minProperties":1,"maxProperties":1,"properties":{"a":{},"b":{},"c":{}},"additionalProperties":false}""", "{\"a\":1}\n{\"b\":1}\n{\"c\":1}", "{}\n{\"a\":1,\"b\":1}\n{\"d\":1}" },
        { """{"type":"object","patternProperties":{"^n_":{"type":"integer"},"_t$":{"type":"integer","minimum":5}},"additionalProperties":{"type":"null"}}""",
            "{\"n_a\":1,\"a_t\":5,\"x\":null,\"n_t\":6}", "{\"n_a\":null}\n{\"n_t\":1}\n{\"a_t\":4}\n{\"x\":1}" },
        { """{"type":"object","propertyNames":{"pattern":"^[a-z]+$","maxLength":2},"properties":{"abc":{},"ab":{}}}""", "{}\n{\"ab\":1,\"x\":2}", "{\"abc\":1}\n{\"A\":1}\n{\"xyz\":1}" },
        { """{"type":"object","properties":{"a":{},"b":{}},"dependentRequired":{"a":["b"]},"additionalProperties":false}""", "{}\n{\"b\":1}\n{\"a\":1,\"b\":1}", "{\"a\":1}" },
        { """{"type":"object","properties":{"a":{"type":"integer"},"b":{}},"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"required":["b"]},"else":{"maxProperties":1}}""",
            "{\"a\":1,\"b\":0}\n{\"a\":2}\n{\"b\":1}\n{}", "{\"a\":1}\n{\"a\":2,\"b\":1}" },
        { """{"type":"array","contains":{"const":5},"items":{"type":"integer"}}""", "[5]\n[1,5]\n[5,1,5]", "[]\n[1]\n[5,\"a\"]" },
        { """{"type":"array","uniqueItems":true,"maxItems":1}""", "[]\n[1]", "[1,2]" },
        { """{"not":{"type":["object","array","string"]}}""", "1\nnull\ntrue", "{}\n[]\n\"a\"" },
        { """{"type":"object","properties":{"a":false},"x-order":1,"title":"t","$schema":"https://json-schema.org/draft/2020-12/schema"}""", "{}\n{\"b\":1}", "{\"a\":1}" },
        { """{"type":"object"}""", "{}\n{\n  \"a\": [\n    1,\n    2\n  ]\n}", "[]\n{  }\n{\"a\" :1}\n{\"a\":  1}\n{\n\n}" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Compile_Schema_AllowsItsValuesAndNoOthers(string schema, string allowed, string refused)
    {
        var match = new GrammarMatch(SchemaGrammar.Compile(schema));
        Assert.All(allowed.Contains("\n  ", StringComparison.Ordinal) ? ["{}", allowed[3..]] : allowed.Split('\n'), text => Assert.True(match.Accepts(text), text));
        Assert.All(refused.Contains("\n\n", StringComparison.Ordinal) ? ["{  }", "{\n\n}"] : refused.Split('\n'), text => Assert.False(match.Accepts(text), text));
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"unevaluatedItems":false}}}""", "/properties/a/unevaluatedItems: \"unevaluatedItems\" is not supported")]
    [InlineData("""{"properties":{"a/b~":{"nullable":true}}}""", "/properties/a~1b~0/nullable: \"nullable\" is not supported")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "/uniqueItems: \"uniqueItems\" is supported where \"maxItems\" is 1 at most; no grammar can compare items")]
    [InlineData("""{"multipleOf":0.1234}""", "/multipleOf: \"multipleOf\" is supported up to 1000 times its last decimal place")]
    [InlineData("""{"multipleOf":0}""", "/multipleOf: it must be more than 0")]
    [InlineData("""{"pattern":"a(?=b)"}""", "/pattern: regular expression, character 2: \"(?=\" (look-ahead) is not supported")]
    [InlineData("""{"oneOf":[{"type":"object","additionalProperties":false},{"type":"object"}]}""",
        "/oneOf/0/additionalProperties: the opposite of \"additionalProperties\" is not supported; \"not\", \"if\", or a \"oneOf\" whose branches may overlap, needs it")]
    [InlineData("""{"$ref":"other.json"}""", "/$ref: \"other.json\" is not in this schema; \"#\", \"#/...\" and \"#anchor\" are supported")]
    [InlineData("""{"$ref":"#/$defs/a"}""", "/$ref: there is nothing at \"#/$defs/a\"")]
    [InlineData("""{"$ref":"#a"}""", "/$ref: there is no anchor \"a\"")]
    [InlineData("""{"$ref":"#a","$defs":{"x":{"$anchor":"a"},"y":{"$anchor":"a"}}}""", "/$ref: there are several anchors \"a\"")]
    [InlineData("""{"$ref":"#/$defs/a/b","$defs":{"a":{"$id":"x","b":{}}}}""", "/$ref: it leads into a schema with an \"$id\" of its own, which is not supported")]
    [InlineData("""{"items":{"$id":"x"}}""", "/items/$id: \"$id\" is supported at the root only")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#"}""", "/$schema: \"http://json-schema.org/draft-04/schema\" is not supported; schemas are read as draft 2020-12")]
    [InlineData("""{"type":"text"}""", "/type: there is no type \"text\"")]
    [InlineData("""{"type":1}""", "/type: it must hold lists of texts")]
    [InlineData("""{"minimum":"1"}""", "/minimum: it must be a number")]
    [InlineData("""{"minimum":1e999}""", "/minimum: more than 400 digits; that is the most")]
    [InlineData("""{"const":1e999}""", "the schema: a number of \"const\" or \"enum\" has more than 400 digits; that is the most")]
    [InlineData("""{"minLength":-1}""", "/minLength: it must be a whole number of at least 0")]
    [InlineData("""{"maxItems":1.5}""", "/maxItems: it must be a whole number of at least 0")]
    [InlineData("""{"uniqueItems":1}""", "/uniqueItems: it must be true or false")]
    [InlineData("""{"items":[{}]}""", "/items: a schema must be an object, true or false")]
    [InlineData("""{"anyOf":[]}""", "/anyOf: it must hold at least one schema")]
    [InlineData("""{"enum":1}""", "/enum: it must be a list")]
    [InlineData("""{"properties":[]}""", "/properties: it must be an object of schemas")]
    [InlineData("""{"required":[1]}""", "/required: it must hold lists of texts")]
    [InlineData("""{"format":1}""", "/format: it must be a text")]
    [InlineData("""[]""", "the schema: a schema must be an object, true or false")]
    [InlineData("""false""", "the schema: no value matches it")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "the schema: no value matches it")]
    [InlineData("""{"type":"string","pattern":"^a$","minLength":2}""", "the schema: no value matches it")]
    [InlineData("""{"type":"integer","minimum":2,"maximum":1}""", "the schema: no value matches it")]
    [InlineData("""{"type":"object","type":"object"}""", "/type: it is there twice")]
    [InlineData("""{"properties":{"a":{},"a":{}}}""", "/properties/a: it is there twice")]
    [InlineData("""{"const":"\ud800"}""", "/const: a text with half a character (a lone surrogate)")]
    [InlineData("""{"\ud800":1}""", "the schema: a text with half a character (a lone surrogate)")]
    [InlineData("""{/* */}""", "the schema is no JSON, or nested deeper than 128 levels: line 1, byte 2")]
    [InlineData("""{"type":"null",}""", "the schema is no JSON, or nested deeper than 128 levels: line 1, byte 16")]
    [InlineData("", "the schema is no JSON, or nested deeper than 128 levels: line 1, byte 1")]
    public void Compile_WhatIsNotSupported_IsRefusedByNameAndPlace(string schema, string problem) =>
        Assert.Equal(problem, Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(schema)).Message);

    [Fact]
    public void Compile_LoneSurrogateInTheText_IsRefused() => Assert.Equal(
        "the schema is no text: it has half a character (a lone surrogate)",
        Assert.Throws<GrammarException>(() => SchemaGrammar.Compile("{\"const\":\"\ud800\"}")).Message);

    [Fact]
    public void Compile_WhatNothingRefersTo_MayHoldAnything() =>
        Assert.True(new GrammarMatch(SchemaGrammar.Compile("""{"type":"null","$defs":{"a":{"unevaluatedItems":1}}}""")).Accepts("null"));

    [Fact]
    public void Rules_SchemaAndPrefix_NamesBeginWithItAndTheEntryIsIt()
    {
        var rules = SchemaGrammar.Rules("""{"type":"object","properties":{"a":{"type":"array"}},"required":["a"]}""", "call-7");
        Assert.StartsWith("call-7 ::= ", rules, StringComparison.Ordinal);
        Assert.All(rules.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("call-7", line, StringComparison.Ordinal));
        var match = new GrammarMatch($"root ::= \"<\" call-7 \">\" none\n{rules}{SchemaGrammar.Rules("", "none")}");
        Assert.True(match.Accepts("<{\"a\":[1]}>{}"));
        Assert.False(match.Accepts("<{}>{}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a_b")]
    public void Rules_PrefixThatIsNoName_IsADefect(string prefix) => Assert.Throws<ArgumentException>(() => SchemaGrammar.Rules("", prefix));

    [Fact]
    public void Compile_Blanks_AreBounded()
    {
        var match = new GrammarMatch(SchemaGrammar.Compile("""{"type":"object","properties":{"a":{"type":"array"}}}"""));
        Assert.True(match.Begins("{\n" + new string(' ', 64)));
        Assert.False(match.Begins("{\n" + new string(' ', 65)));
        Assert.True(match.Begins("{\"a\": [1, 2,\n\t3"));
        Assert.False(match.Begins("{\"a\":  "));
        Assert.False(match.Begins("{\"a\": [1,  "));
        Assert.False(match.Begins("{\"a\": [1] \n"));
    }

    [Fact]
    public void Compile_Numbers_ComeToAnEnd()
    {
        var match = new GrammarMatch(SchemaGrammar.Compile("""{"type":"number","minimum":3}"""));
        Assert.True(match.Begins("3." + new string('3', 19)));
        Assert.False(match.Begins("3." + new string('3', 50)));
        Assert.False(match.Begins(new string('3', 50)));
        var any = new GrammarMatch(SchemaGrammar.Compile("""{"type":"number"}"""));
        Assert.All([new string('1', 20), "0." + new string('1', 20), "1e999"], text => Assert.True(any.Accepts(text), text));
        Assert.All([new string('1', 21), "0." + new string('1', 21), "1e1000"], text => Assert.False(any.Accepts(text), text));
    }
}
