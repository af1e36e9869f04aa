using System.Text.Json;
using EdgeBox.Daemon.Checks;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>What each keyword of a schema asks for, and the words in which an answer is told what it lacks; empty where it is right.</summary>
public sealed class SchemaVerdictTests
{
    private static readonly string s_long = new('n', 90);

    [Theory]
    [InlineData("""{"type":["string","null"]}""", "1", "the answer must be of type string or null")]
    [InlineData("""{"type":["string","null"]}""", "null", "")]
    [InlineData("""{"type":"null"}""", "0", "the answer must be of type null")]
    [InlineData("""{"type":"boolean"}""", "true", "")]
    [InlineData("""{"type":"boolean"}""", "false", "")]
    [InlineData("""{"type":"boolean"}""", "null", "the answer must be of type boolean")]
    [InlineData("""{"type":"integer"}""", "1.0", "")]
    [InlineData("""{"type":"integer"}""", "1.5", "the answer must be of type integer")]
    [InlineData("""{"type":"number"}""", "1.5", "")]
    [InlineData("""{"type":"string"}""", "1", "the answer must be of type string")]
    [InlineData("""{"type":"array"}""", "{}", "the answer must be of type array")]
    [InlineData("""{"type":"array"}""", "[]", "")]
    [InlineData("""{"type":"object"}""", "[]", "the answer must be of type object")]
    [InlineData("""{"enum":[1,"a",null]}""", "1.0", "")]
    [InlineData("""{"enum":[1,"a",null]}""", "null", "")]
    [InlineData("""{"enum":[1,"a"]}""", "\"1\"", "the answer has none of the values that are allowed")]
    [InlineData("""{"enum":[1,"a"],"const":"a"}""", "\"a\"", "")]
    [InlineData("""{"enum":[1,"a"],"const":"a"}""", "1", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":"a","enum":[1,"a"]}""", "1", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":{"a":1,"b":[1.0,true]}}""", """{"b":[1,true],"a":1}""", "")]
    [InlineData("""{"const":{"a":2}}""", """{"a":1,"a":2}""", "")]
    [InlineData("""{"const":{"a":2}}""", """{"a":2,"a":1}""", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":["a","b"]}""", """["a\",\"b"]""", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":[[1],2]}""", "[[1,2]]", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":[[],[]]}""", "[[[]]]", "the answer has none of the values that are allowed")]
    [InlineData("""{"const":{"a":{}}}""", """{"a":[]}""", "the answer has none of the values that are allowed")]
    [InlineData("""{"minimum":5}""", "5.0", "")]
    [InlineData("""{"minimum":-5}""", "-5.1", "the answer must be at least -5")]
    [InlineData("""{"maximum":5}""", "5", "")]
    [InlineData("""{"maximum":5}""", "5.01", "the answer must be at most 5")]
    [InlineData("""{"exclusiveMinimum":5}""", "5", "the answer must be above 5")]
    [InlineData("""{"exclusiveMinimum":5}""", "5.01", "")]
    [InlineData("""{"exclusiveMaximum":5}""", "5e0", "the answer must be below 5")]
    [InlineData("""{"exclusiveMaximum":5}""", "4.99", "")]
    [InlineData("""{"multipleOf":0.1}""", "0.3", "")]
    [InlineData("""{"multipleOf":0.1}""", "0.35", "the answer must be a multiple of 0.1")]
    [InlineData("""{"minimum":5,"multipleOf":2}""", "3", "the answer must be at least 5")]
    [InlineData("""{"minimum":5,"multipleOf":2}""", "7", "the answer must be a multiple of 2")]
    [InlineData("""{"minimum":5}""", "\"1\"", "")]
    [InlineData("""{"minLength":2}""", "\"a\"", "the answer must have at least 2 characters")]
    [InlineData("""{"minLength":2.0}""", "\"ab\"", "")]
    [InlineData("""{"maxLength":1}""", "\"😀\"", "")]
    [InlineData("""{"maxLength":1}""", "\"😀a\"", "the answer must have at most 1 characters")]
    [InlineData("""{"minItems":1}""", "[]", "the answer must have at least 1 items")]
    [InlineData("""{"minItems":1}""", "[0]", "")]
    [InlineData("""{"minItems":1}""", "{}", "")]
    [InlineData("""{"maxItems":1}""", "[0]", "")]
    [InlineData("""{"maxItems":1}""", "[0,0]", "the answer must have at most 1 items")]
    [InlineData("""{"minProperties":1}""", "{}", "the answer must have at least 1 properties")]
    [InlineData("""{"minProperties":1}""", """{"a":1}""", "")]
    [InlineData("""{"maxProperties":1}""", """{"a":1}""", "")]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":2}""", "the answer must have at most 1 properties")]
    [InlineData("""{"pattern":"b"}""", "\"abc\"", "")]
    [InlineData("""{"pattern":"^b"}""", "\"abc\"", "the answer must match the pattern ^b")]
    [InlineData("""{"pattern":"^b","maxLength":2}""", "\"abc\"", "the answer must have at most 2 characters")]
    [InlineData("""{"pattern":"^b"}""", "1", "")]
    public void Judge_Value_IsToldWhatItLacks(string schema, string answer, string problem) => Assert.Equal(problem, Problem(schema, answer));

    [Theory]
    [InlineData("""{"required":["a","b"]}""", """{"a":1}""", "the answer lacks \"b\"")]
    [InlineData("""{"required":["a"]}""", "[]", "")]
    [InlineData("""{"dependentRequired":{"a":["b","c"]}}""", """{"a":1,"b":1}""", "the answer lacks \"c\"")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"c":1}""", "")]
    [InlineData("""{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1}""", "the answer lacks \"b\"")]
    [InlineData("""{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"c":1}""", "")]
    [InlineData("""{"dependentSchemas":{"a":true}}""", """{"a":1}""", "")]
    [InlineData("""{"dependentSchemas":{"a":{"properties":{"b":true}}},"unevaluatedProperties":false}""", """{"a":1,"b":2}""", "the answer.a is not allowed")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """{"a":1,"bc":1}""", "the name \"bc\" must have at most 1 characters")]
    [InlineData("""{"propertyNames":{"const":"\""}}""", """{"\"":1}""", "")]
    [InlineData("""{"properties":{"a":{"type":"null"}}}""", """{"b":1,"a":1}""", "the answer.a must be of type null")]
    [InlineData("""{"properties":{"a":{"properties":{"b":{"items":{"type":"null"}}}}}}""", """{"a":{"b":[null,1]}}""", "the answer.a.b[1] must be of type null")]
    [InlineData("""{"patternProperties":{"^x":{"type":"null"},"y$":{"type":"string"}}}""", """{"xa":null,"by":"s","z":1}""", "")]
    [InlineData("""{"patternProperties":{"^x":{"type":"null"},"y$":{"type":"string"}}}""", """{"xy":null}""", "the answer.xy must be of type string")]
    [InlineData("""{"properties":{"a":true},"patternProperties":{"^x":true},"additionalProperties":false}""", """{"a":1,"x1":1}""", "")]
    [InlineData("""{"properties":{"a":true},"patternProperties":{"^x":true},"additionalProperties":false}""", """{"a":1,"b":1}""", "the answer.b is not allowed")]
    [InlineData("""{"additionalProperties":{"type":"null"}}""", """{"a":null,"b":1}""", "the answer.b must be of type null")]
    [InlineData("""{"properties":{"a":true},"unevaluatedProperties":false}""", """{"a":1}""", "")]
    [InlineData("""{"patternProperties":{"^x":true},"unevaluatedProperties":false}""", """{"x":1}""", "")]
    [InlineData("""{"additionalProperties":true,"unevaluatedProperties":false}""", """{"x":1}""", "")]
    [InlineData("""{"unevaluatedProperties":{"type":"null"}}""", """{"a":null,"b":1}""", "the answer.b must be of type null")]
    [InlineData("""{"allOf":[{"unevaluatedProperties":{"type":"null"}}],"unevaluatedProperties":false}""", """{"a":null}""", "")]
    [InlineData("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"a":1,"b":1}""", "the answer.b is not allowed")]
    [InlineData("""{"properties":{"a":true},"allOf":[{"unevaluatedProperties":false}]}""", """{"a":1}""", "the answer.a is not allowed")]
    [InlineData("""{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true},"required":["c"]}],"unevaluatedProperties":false}""", """{"a":1,"b":1}""", "the answer.b is not allowed")]
    [InlineData("""{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true}}],"unevaluatedProperties":false}""", """{"a":1,"b":1}""", "")]
    [InlineData("""{"not":{"properties":{"a":true},"required":["b"]},"unevaluatedProperties":false}""", """{"a":1}""", "the answer.a is not allowed")]
    [InlineData("""{"if":{"properties":{"a":true},"required":["a"]},"unevaluatedProperties":false}""", """{"a":1}""", "")]
    [InlineData("""{"prefixItems":[{"type":"null"}],"items":{"type":"string"}}""", "[null,\"a\"]", "")]
    [InlineData("""{"prefixItems":[{"type":"null"}],"items":{"type":"string"}}""", "[null,\"a\",1]", "the answer[2] must be of type string")]
    [InlineData("""{"prefixItems":[{"type":"null"},{"type":"string"}]}""", "[null,1]", "the answer[1] must be of type string")]
    [InlineData("""{"prefixItems":[{"type":"null"}]}""", "[null,1]", "")]
    [InlineData("""{"contains":{"type":"null"}}""", "[1,null]", "")]
    [InlineData("""{"contains":{"type":"null"}}""", "[1]", "the answer has too few or too many of the items that it must contain")]
    [InlineData("""{"contains":{"type":"null"},"minContains":2}""", "[null]", "the answer has too few or too many of the items that it must contain")]
    [InlineData("""{"contains":{"type":"null"},"minContains":2}""", "[null,null]", "")]
    [InlineData("""{"contains":{"type":"null"},"minContains":0}""", "[]", "")]
    [InlineData("""{"contains":{"type":"null"},"maxContains":1}""", "[null]", "")]
    [InlineData("""{"contains":{"type":"null"},"maxContains":1}""", "[null,null]", "the answer has too few or too many of the items that it must contain")]
    [InlineData("""{"minContains":2}""", "[]", "")]
    [InlineData("""{"uniqueItems":true}""", "[1,2,1.0]", "the answer[2] comes twice")]
    [InlineData("""{"uniqueItems":false}""", "[1,1]", "")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",[1],{"a":1}]""", "")]
    [InlineData("""{"unevaluatedItems":false}""", "[1]", "the answer[0] is not allowed")]
    [InlineData("""{"prefixItems":[true],"unevaluatedItems":false}""", "[1]", "")]
    [InlineData("""{"prefixItems":[true],"unevaluatedItems":{"type":"null"}}""", "[1,null,2]", "the answer[2] must be of type null")]
    [InlineData("""{"items":true,"unevaluatedItems":false}""", "[1,2]", "")]
    [InlineData("""{"contains":{"type":"null"},"unevaluatedItems":false}""", "[null,null]", "")]
    [InlineData("""{"contains":{"type":"null"},"unevaluatedItems":false}""", "[null,1]", "the answer[1] is not allowed")]
    [InlineData("""{"allOf":[{"unevaluatedItems":{"type":"null"}}],"unevaluatedItems":false}""", "[null]", "")]
    [InlineData("""{"anyOf":[{"prefixItems":[true]},{"prefixItems":[true,{"type":"null"}]}],"unevaluatedItems":false}""", "[1,2]", "the answer[1] is not allowed")]
    public void Judge_ObjectOrArray_IsToldWhatItLacks(string schema, string answer, string problem) => Assert.Equal(problem, Problem(schema, answer));

    [Theory]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", "4", "the answer must be at most 3")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", "2", "")]
    [InlineData("""{"type":"string","allOf":[{"type":"null"}]}""", "1", "the answer must be of type string")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"minimum":1}}}""", "0", "the answer must be at least 1")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"minimum":1}}}""", "1", "")]
    [InlineData("""{"$ref":"#it","$defs":{"a":{"$anchor":"it","minimum":1}}}""", "0", "the answer must be at least 1")]
    [InlineData("""{"$ref":"#/$defs/a~1b~0%20c","$defs":{"a/b~ c":{"minimum":1}}}""", "0", "the answer must be at least 1")]
    [InlineData("""{"$ref":"#/anyOf/1","anyOf":[true,{"minimum":1}]}""", "0", "the answer must be at least 1")]
    [InlineData("""{"properties":{"a":{"$ref":"#"}},"required":["b"]}""", """{"b":1,"a":{}}""", "the answer.a lacks \"b\"")]
    [InlineData("""{"anyOf":[{"minimum":5},{"maximum":3}]}""", "4", "the answer matches none of the alternatives (anyOf)")]
    [InlineData("""{"anyOf":[{"minimum":5},{"maximum":3}]}""", "3", "")]
    [InlineData("""{"oneOf":[{"minimum":5},{"maximum":3}]}""", "4", "the answer matches none of the alternatives (oneOf)")]
    [InlineData("""{"oneOf":[{"minimum":3},{"maximum":5}]}""", "4", "the answer matches more than one of the alternatives (oneOf)")]
    [InlineData("""{"oneOf":[{"minimum":3},{"maximum":5}]}""", "6", "")]
    [InlineData("""{"not":{"minimum":5}}""", "5", "the answer is what it must not be (not)")]
    [InlineData("""{"not":{"minimum":5}}""", "4", "")]
    [InlineData("""{"if":{"minimum":5},"then":{"maximum":6},"else":{"minimum":2}}""", "7", "the answer must be at most 6")]
    [InlineData("""{"if":{"minimum":5},"then":{"maximum":6},"else":{"minimum":2}}""", "6", "")]
    [InlineData("""{"if":{"minimum":5},"then":{"maximum":6},"else":{"minimum":2}}""", "1", "the answer must be at least 2")]
    [InlineData("""{"if":{"minimum":5},"then":{"maximum":6}}""", "1", "")]
    [InlineData("""{"then":{"maximum":6},"else":{"minimum":8}}""", "7", "")]
    [InlineData("false", "1", "the answer is not allowed")]
    [InlineData("true", "[[1]]", "")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema#","$id":"urn:x","$comment":"c","title":"t","description":"d","default":1,"examples":[],"deprecated":true,"readOnly":true,"writeOnly":true,"format":"date","contentEncoding":"e","contentMediaType":"m","contentSchema":3}""", "1", "")]
    public void Judge_Combination_IsToldWhatItLacks(string schema, string answer, string problem) => Assert.Equal(problem, Problem(schema, answer));

    [Fact]
    public void Judge_LongNamesAndPatterns_AreCutInThePlace()
    {
        var cut = new string('n', 80) + "…";
        Assert.Equal($"the answer lacks \"{cut}\"", Problem($$"""{"required":["{{s_long}}"]}""", "{}"));
        Assert.Equal($"the answer lacks \"{cut}\"", Problem($$"""{"dependentRequired":{"a":["{{s_long}}"]} }""", """{"a":1}"""));
        Assert.Equal($"the answer.{cut} is not allowed", Problem("""{"additionalProperties":false}""", $$"""{"{{s_long}}":1}"""));
        Assert.Equal($"the answer.{cut} is not allowed", Problem("""{"unevaluatedProperties":false}""", $$"""{"{{s_long}}":1}"""));
        Assert.Equal($"the name \"{cut}\" is not allowed", Problem("""{"propertyNames":false}""", $$"""{"{{s_long}}":1}"""));
        Assert.Equal($"the answer must match the pattern {cut}", Problem($$"""{"pattern":"{{s_long}}"}""", "\"\""));
        Assert.Equal($"the answer must be at least {new string('1', 80)}…", Problem($$"""{"minimum":{{new string('1', 90)}}}""", "1"));
    }

    [Fact]
    public void Judge_DepthOfValueAndSchema_IsBounded()
    {
        // Each reference that is followed is a level; the value itself cannot be deeper than JSON may be.
        static string Chain(int length) => """{"$ref":"#/$defs/d0","$defs":{"""
            + string.Concat(Enumerable.Range(0, length).Select(i => $$"""  "d{{i}}":{"$ref":"#/$defs/d{{i + 1}}"},""")) + $$"""  "d{{length}}":{"type":"null"}"""
            + "}}";
        Assert.Equal("", Problem(Chain(254), "null"));
        Assert.Equal("Too much work would be needed to judge the JSON by its schema.", SchemaJudge.Of(Chain(255), "schema").Judge("null", ""));
        Assert.Null(SchemaJudge.Of(Chain(100), "schema").Judge("null", ""));
        Assert.Equal("", Problem("""{"items":{"type":"null"}}""", $"[{string.Join(',', Enumerable.Repeat("null", 1000))}]"));
    }

    [Theory]
    [InlineData("true", "1", 1)]
    [InlineData("""{"items":{"type":"null"}}""", "[null,null,null]", 4)]
    [InlineData("""{"allOf":[true,{"not":false}]}""", "1", 6)]
    [InlineData("""{"maxLength":640}""", "640 letters", 12)]
    [InlineData("""{"maxLength":640}""", "[1]", 1)]
    [InlineData("""{"const":1}""", "640 letters", 12)]
    [InlineData("""{"allOf":[{"properties":{"a":true,"b":true}}]}""", """{"a":1,"b":2}""", 7)]
    [InlineData("""{"allOf":[{"items":true}]}""", "[1,2,3]", 9)]
    [InlineData("""{"required":["a"],"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":false}}""", """{"a":1,"b":2}""", 5)]
    public void Problem_Value_TakesSoManySteps(string schema, string value, int steps)
    {
        // A step for each schema that is applied to a value, and one for each 64 characters or noted parts.
        var (read, element) = (SchemaReader.Read(schema, "schema"), JsonElement.Parse(value == "640 letters" ? $"\"{new string('x', 640)}\"" : value));
        Assert.ThrowsAny<SchemaWalk.TooMuchException>(() => new SchemaWalk(steps - 1).Problem(read, element, ""));
        _ = new SchemaWalk(steps).Problem(read, element, "");
    }

    private static string Problem(string schema, string answer)
    {
        const string Words = "The JSON does not match its schema: ";
        var problem = SchemaJudge.Of(schema, "schema").Judge(answer, "") ?? "";
        Assert.True(problem.Length == 0 || (problem.StartsWith(Words, StringComparison.Ordinal) && problem.EndsWith('.')), problem);
        return problem.Length == 0 ? "" : problem[Words.Length..^1];
    }
}
