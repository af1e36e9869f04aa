using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Where references lead, how far the branches of "oneOf" are told apart, and the limits of a schema's text.</summary>
public sealed class SchemaReferenceTests
{
    [Theory]
    [InlineData("""{"$id":"urn:x","$ref":"urn:x#/$defs/a","$defs":{"a":{"type":"null"}}}""")]
    [InlineData("""{"$id":"urn:x","$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}""")]
    [InlineData("""{"$id":"urn:x","anyOf":[{"type":"null"},{"type":"array","minItems":1,"items":{"$ref":"urn:x"}}]}""")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","minItems":1,"items":{"$ref":""}}]}""")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","minItems":1,"items":{"$ref":"#"}}]}""")]
    [InlineData("""{"$ref":"#/prefixItems/1","prefixItems":[{"type":"string"},{"type":"null"}]}""")]
    [InlineData("""{"$ref":"#/$defs/a~1b~0%20c","$defs":{"a/b~ c":{"type":"null"}}}""")]
    [InlineData("""{"$ref":"#it","anyOf":[{"$anchor":"it","type":"null"}]}""")]
    [InlineData("""{"$ref":"#it","$defs":{"a":{"$dynamicAnchor":"it","type":"null"}}}""")]
    [InlineData("""{"$ref":"#it","$defs":{"a":{"$anchor":"it","type":"null"},"b":{"const":{"$anchor":"it"}},"c":{"enum":[{"$anchor":"it"}]},"d":{"default":{"$anchor":"it"}},"e":{"examples":[{"$anchor":"it"}]}}}""")]
    [InlineData("""{"$ref":"#it","title":"it","$defs":{"a":{"$anchor":"it","type":"null","title":"it"}}}""")]
    public void Compile_Reference_LeadsThere(string schema)
    {
        var match = new GrammarMatch(SchemaGrammar.Compile(schema));
        Assert.True(match.Accepts("null"));
        Assert.Equal(schema.Contains("minItems", StringComparison.Ordinal), match.Accepts("[null,[null]]"));
        Assert.All(["\"a\"", "1", "{}", "[]"], text => Assert.False(match.Accepts(text), text));
    }

    [Theory]
    [InlineData("""{"$id":"urn:x","$ref":"urn:xy"}""", "/$ref: \"urn:xy\" is not in this schema; \"#\", \"#/...\" and \"#anchor\" are supported")]
    [InlineData("""{"$id":1}""", null)]
    [InlineData("""{"$id":1,"$ref":"x"}""", "/$ref: \"x\" is not in this schema; \"#\", \"#/...\" and \"#anchor\" are supported")]
    [InlineData("""{"$ref":"#/prefixItems/2","prefixItems":[true,true]}""", "/$ref: there is nothing at \"#/prefixItems/2\"")]
    [InlineData("""{"$ref":"#/prefixItems/-1","prefixItems":[true,true]}""", "/$ref: there is nothing at \"#/prefixItems/-1\"")]
    [InlineData("""{"$ref":"#/required/0","required":["a"]}""", "/required/0: a schema must be an object, true or false")]
    [InlineData("""{"$ref":"#it","title":"it"}""", "/$ref: there is no anchor \"it\"")]
    [InlineData("""{"$ref":"#it","const":{"$anchor":"it"}}""", "/$ref: there is no anchor \"it\"")]
    [InlineData("""{"$ref":"#it","enum":[{"$anchor":"it"}]}""", "/$ref: there is no anchor \"it\"")]
    [InlineData("""{"$ref":"#it","default":{"$anchor":"it"}}""", "/$ref: there is no anchor \"it\"")]
    [InlineData("""{"$ref":"#it","examples":[{"$anchor":"it"}]}""", "/$ref: there is no anchor \"it\"")]
    [InlineData("""{"required":["a",1]}""", "/required: it must hold lists of texts")]
    [InlineData("""{"$defs":{"a":[]},"$ref":"#/$defs/a"}""", "/$defs/a: a schema must be an object, true or false")]
    [InlineData("""{"not":{"const":{}}}""", "/not/const: the opposite of \"const\" is not supported; \"not\", \"if\", or a \"oneOf\" whose branches may overlap, needs it")]
    [InlineData("""{"not":{"enum":[[1]]}}""", "/not/enum: the opposite of \"enum\" is not supported; \"not\", \"if\", or a \"oneOf\" whose branches may overlap, needs it")]
    [InlineData("""{"contains":{"const":1},"maxItems":3}""",
        "/contains/: \"contains\" (or the opposite of \"items\") is supported once, and without \"prefixItems\", \"maxItems\" and a \"minItems\" above 1")]
    public void Compile_WhatLeadsNowhere_IsRefusedByName(string schema, string? problem)
    {
        if (problem is null)
        {
            Assert.NotEqual("", SchemaGrammar.Compile(schema));
            return;
        }

        Assert.Equal(problem, Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(schema)).Message);
    }

    /// <summary>What one branch and the other say of a property, and whether no value can meet both: if one can, the opposite of a branch is needed, which there is not.</summary>
    [Theory]
    [InlineData("""{"type":"number","minimum":5}""", """{"type":"number","maximum":4}""", true)]
    [InlineData("""{"type":"number","minimum":5}""", """{"type":"number","maximum":5}""", false)]
    [InlineData("""{"type":"number","minimum":5}""", """{"type":"number","exclusiveMaximum":5}""", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":5}""", """{"type":"number","maximum":5}""", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":5}""", """{"type":"number","exclusiveMaximum":5}""", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":5}""", """{"type":"number","exclusiveMaximum":6}""", false)]
    [InlineData("""{"type":"number","minimum":5}""", """{"type":"number","minimum":9}""", false)]
    [InlineData("""{"type":"number","maximum":5}""", """{"type":"number","maximum":9}""", false)]
    [InlineData("""{"type":"integer"}""", """{"type":"number","not":{"multipleOf":1}}""", true)]
    [InlineData("""{"type":"number","multipleOf":1}""", """{"type":"number","not":{"type":"integer"}}""", true)]
    [InlineData("""{"type":"number"}""", """{"type":"number","not":{"type":"integer"}}""", false)]
    [InlineData("""{"type":"integer"}""", """{"type":"number"}""", false)]
    [InlineData("""{"const":1}""", """{"const":2}""", true)]
    [InlineData("""{"const":1}""", """{"const":1.0}""", false)]
    [InlineData("""{"enum":["a","b"]}""", """{"enum":["c","b"]}""", false)]
    [InlineData("""{"enum":["a","b"]}""", """{"type":"number"}""", true)]
    [InlineData("""{"type":"null"}""", """{"type":["null","string"]}""", false)]
    [InlineData("""{"type":"boolean"}""", """{"type":"string"}""", true)]
    [InlineData("""{"const":true}""", """{"const":false}""", true)]
    [InlineData("true", "false", true)]
    [InlineData("""{"type":"string"}""", """{"type":"string"}""", false)]
    [InlineData("""{"type":"string","pattern":"^a"}""", """{"type":"string","pattern":"^b"}""", true)]
    [InlineData("""{"type":"string","pattern":"^a"}""", """{"type":"string","pattern":"b"}""", false)]
    [InlineData("""{"type":"string","pattern":"^a"}""", """{"type":"string"}""", false)]
    [InlineData("""{"type":"string","pattern":"^aa$"}""", """{"type":"string","maxLength":1}""", true)]
    [InlineData("""{"type":"string","pattern":"^aa$"}""", """{"type":"string","minLength":3}""", true)]
    [InlineData("""{"type":"string","pattern":"^aa$"}""", """{"type":"string","maxLength":2}""", false)]
    [InlineData("""{"type":"string","pattern":"^aa$"}""", """{"type":"string","minLength":9000}""", false)]
    [InlineData("""{"type":"string","minLength":3}""", """{"type":"string","maxLength":2}""", true)]
    [InlineData("""{"type":"array","minItems":1,"items":{"const":1}}""", """{"type":"array","items":{"const":2}}""", true)]
    [InlineData("""{"type":"array","items":{"const":1}}""", """{"type":"array","items":{"const":2}}""", false)]
    [InlineData("""{"type":"array","minItems":2,"prefixItems":[true,{"const":1}]}""", """{"type":"array","prefixItems":[true,{"const":2}]}""", true)]
    [InlineData("""{"type":"array","minItems":1,"prefixItems":[true,{"const":1}]}""", """{"type":"array","prefixItems":[true,{"const":2}]}""", false)]
    [InlineData("""{"type":"array","minItems":1,"items":{"type":"array","minItems":1,"items":{"const":1}}}""", """{"type":"array","items":{"type":"array","items":{"const":2}}}""", true)]
    [InlineData("""{"type":"array","minItems":1,"items":{"type":"array","minItems":1,"items":{"type":"array","minItems":1,"items":{"const":1}}}}""",
        """{"type":"array","items":{"type":"array","items":{"type":"array","items":{"const":2}}}}""", false)]
    [InlineData("""{"type":"object","required":["b"],"properties":{"b":{"const":1}}}""", """{"type":"object","properties":{"b":{"const":2}}}""", true)]
    [InlineData("""{"type":"object","properties":{"b":{"const":1}}}""", """{"type":"object","properties":{"b":{"const":2}}}""", false)]
    [InlineData("""{"type":"object","required":["b"]}""", """{"type":"object","not":{"required":["b"]}}""", true)]
    public void Compile_BranchesOfOneOf_AreToldApartAsFarAsThisGoes(string one, string other, bool apart)
    {
        var schema = $$"""{"oneOf":[{{string.Join(',', new[] { one, other }.Select(value => "{\"type\":\"object\",\"required\":[\"a\"],\"additionalProperties\":false,\"properties\":{\"a\":" + value + "}}"))}}]}""";
        if (apart)
        {
            Assert.NotEqual("", SchemaGrammar.Compile(schema));
        }
        else
        {
            Assert.Contains("the opposite of \"additionalProperties\" is not supported", Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(schema)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Compile_SchemaAtItsLimits_IsTakenAndNoLarger()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"items\":", depth)) + "{}" + new string('}', depth);
        Assert.NotEqual("", SchemaGrammar.Compile(Nested(64)));
        var items = string.Concat(Enumerable.Repeat("/items", 65));
        Assert.Equal($"{items}: more than 64 objects and lists inside one another; that is the most", Refusal(Nested(65)));
        Assert.Equal(
            $"/enum/0{string.Concat(Enumerable.Repeat("/0", 63))}: more than 64 objects and lists inside one another; that is the most",
            Refusal($"{{\"enum\":[{new string('[', 64)}{new string(']', 64)}]}}"));
        Assert.NotEqual("", SchemaGrammar.Compile("{}" + new string(' ', (1 << 20) - 2)));
        Assert.Equal("the schema has 1048577 characters; at most 1048576 are allowed", Refusal(new string(' ', (1 << 20) + 1)));
        Assert.Equal(
            "/prefixItems/19999: more than 20000 schemas inside one another; that is the most",
            Refusal($"{{\"prefixItems\":[{string.Join(',', Enumerable.Repeat("true", 20_000))}]}}"));
        Assert.NotEqual("", SchemaGrammar.Compile("""{"multipleOf":1000}"""));
        Assert.Equal("/multipleOf: \"multipleOf\" is supported up to 1000 times its last decimal place", Refusal("""{"multipleOf":1001}"""));
        Assert.Equal("/multipleOf: it must be more than 0", Refusal("""{"multipleOf":-1}"""));
    }

    [Fact]
    public void Compile_ManyValues_AreWrittenOnceByTheirBegins()
    {
        // Seventeen values, beyond which common begins are shared.
        var values = Enumerable.Range(0, 8).Select(i => $"\"t{i}\"").Concat(Enumerable.Range(10, 6).Select(i => $"{i}.5")).Concat(["null", "[1]", "{\"a\":[]}"]).ToList();
        var match = new GrammarMatch(SchemaGrammar.Compile($"{{\"enum\":[{string.Join(',', values)}]}}"));
        Assert.All(values, value => Assert.True(match.Accepts(value), value));
        Assert.All(["\"t8\"", "\"t\"", "16.5", "10", "[]", "{}", "{\"a\":1}", "t1"], value => Assert.False(match.Accepts(value), value));
        Assert.Equal(
            "the schema: more than 1000 objects and lists in \"enum\"; that is the most",
            Refusal($"{{\"enum\":[{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"[{i}]"))}]}}"));
        Assert.NotEqual("", SchemaGrammar.Compile($"{{\"enum\":[{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"[{i}]"))}]}}"));
    }

    [Fact]
    public void Compile_WhatWouldBecomeTooLarge_IsRefusedByItsNumber()
    {
        static string Ways(int count) => $"{{\"type\":\"null\",\"allOf\":[{string.Join(',', Enumerable.Repeat("{\"anyOf\":[{\"minimum\":1},{\"minimum\":2}]}", count))}]}}";
        static string Properties(int count, string more) => $"{{{more}\"properties\":{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\":{{}}"))}}},\"additionalProperties\":false}}";
        Assert.True(new GrammarMatch(SchemaGrammar.Compile(Ways(10))).Accepts("null"));
        Assert.Equal("the schema: its alternatives (\"anyOf\", \"oneOf\", \"not\", \"if\") combine in more than 1024 ways; that is the most", Refusal(Ways(11)));
        Assert.Equal("the schema: more than 4000 properties that are not required; that is the most", Refusal(Properties(4_001, "")));
        Assert.Equal("the schema: \"minProperties\" or \"maxProperties\" with too many properties", Refusal(Properties(201, "\"maxProperties\":100,")));
        Assert.NotEqual("", SchemaGrammar.Compile(Properties(40, "\"maxProperties\":20,")));
        Assert.Equal("the schema: \"minProperties\" or \"maxProperties\" with too many properties", Refusal(Properties(150, "\"minProperties\":140,")));
    }

    private static string Refusal(string schema) => Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(schema)).Message;
}
