using System.Text;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Schemas that lead back to themselves, lie deep or count far: what they cost is bounded, and they are refused by name or compiled.</summary>
public sealed class SchemaBoundsTests
{
    [Theory]
    [InlineData(60, true)]
    [InlineData(70, false)]
    [InlineData(5_000, false)]
    public void Compile_NestedDeeply_IsBoundedByDepth(int depth, bool compiles)
    {
        // Each level is two objects inside one another.
        var schema = new StringBuilder();
        for (var level = 0; level < depth / 2; level++)
        {
            schema.Append("""{"items":{"not":""");
        }

        schema.Append("{}").Append('}', depth / 2 * 2);
        Assert.Equal(compiles, Spent(schema.ToString().Replace("not", "items", StringComparison.Ordinal), out var problem) < 10_000 && problem is null);
        Assert.True(compiles || problem!.Contains("64", StringComparison.Ordinal) || problem.Contains("128", StringComparison.Ordinal), problem);
    }

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"allOf":[{"anyOf":[{"type":"null"},{"$ref":"#"}]}]}""")]
    [InlineData("""{"not":{"$ref":"#"}}""")]
    [InlineData("""{"oneOf":[{"$ref":"#"},{"type":"null"}]}""")]
    [InlineData("""{"if":{"type":"null"},"else":{"$ref":"#"}}""")]
    public void Compile_ReferenceWithoutProgress_IsRefused(string schema)
    {
        Assert.InRange(Spent(schema, out var problem), 1, 1_000);
        Assert.Contains("it refers to itself for the same value, so it says nothing", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"enum":[{}],"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}""")]
    [InlineData("""{"propertyNames":{"$ref":"#/$defs/a"},"required":["x"],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}""")]
    public void Compile_ReferenceWithoutProgressOfSingleValue_IsRefused(string schema)
    {
        Assert.InRange(Spent(schema, out var problem), 1, 10_000);
        Assert.Contains("refer", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(10_000, false)]
    public void Compile_ChainOfReferences_IsBounded(int length, bool compiles)
    {
        var chain = string.Join(',', Enumerable.Range(0, length).Select(i => $$"""  "d{{i}}":{"$ref":"#/$defs/d{{i + 1}}"}"""));
        Assert.InRange(Spent($$"""{"$ref":"#/$defs/d0","$defs":{ {{chain}},"d{{length}}":{"type":"null"} } }""", out var problem), 1, 200_000);
        Assert.Equal(compiles, problem is null);
        Assert.True(compiles || problem!.Contains("more than 256 schemas refer to one another", StringComparison.Ordinal), problem);
    }

    [Theory]
    [InlineData("""{"type":"array","minItems":1000000000}""", "[1]")]
    [InlineData("""{"type":"array","items":{"type":"null"},"maxItems":1000000000}""", "[null,null]")]
    [InlineData("""{"type":"string","maxLength":1000000000}""", "\"abc\"")]
    [InlineData("""{"type":"string","minLength":1000000000}""", "\"\"")]
    [InlineData("""{"type":"object","minProperties":1000000000}""", "{}")]
    [InlineData("""{"type":"object","maxProperties":1000000000}""", "{\"a\":1}")]
    [InlineData("""{"type":"object","maxProperties":99999999999999999999999}""", "{\"a\":1}")]
    public void Compile_HugeSizes_AreCountedNotWritten(string schema, string text)
    {
        Assert.InRange(Spent(schema, out var problem), 1, 1_000);
        Assert.Null(problem);
        Assert.Equal(schema.Contains("max", StringComparison.Ordinal), new GrammarMatch(SchemaGrammar.Compile(schema)).Accepts(text));
    }

    /// <summary>What is not counted is not bounded: everything of which there may be much costs steps, in proportion to it.</summary>
    [Theory]
    [InlineData("""{"type":"null"}""", 47)]
    [InlineData("""{"enum":[[1,2,3],{"a":"b"}],"anyOf":[true,{"pattern":"a"}]}""", 160)]
    [InlineData("""{"properties":{"a":{"type":"string"},"b":{"$ref":"#/$defs/x"}},"required":["a"],"$defs":{"x":{"$anchor":"y","minimum":3}}}""", 1518)]
    [InlineData("""{"properties":{"a":{"$ref":"#y"}},"$defs":{"x":{"$anchor":"y","items":{"type":"integer"}}}}""", 666)]
    [InlineData("""{"oneOf":[{"type":"integer","minimum":3,"maximum":8},{"type":"number","exclusiveMaximum":2},{"not":{"type":"number"}}]}""", 2614)]
    [InlineData("""{"not":{"prefixItems":[true,{"type":"null"},{"const":1}],"maxItems":4}}""", 1411)]
    [InlineData("""{"patternProperties":{"^a":true,"b":{"type":"null"}},"propertyNames":{"maxLength":3},"minProperties":1}""", 1884)]
    [InlineData("""{"type":"string","pattern":"a+[^b]{2}|c","minLength":4}""", 8069)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}},"minProperties":2,"maxProperties":3,"dependentSchemas":{"a":{"required":["b"]}}}""", 1420)]
    public void Compile_Schema_TakesNoFewerStepsThanItHasParts(string schema, int steps)
    {
        Assert.InRange(Spent(schema, out var problem), steps, steps + (steps / 4));
        Assert.Null(problem);
    }

    /// <summary>The steps that a schema takes to compile and parse, and why it was refused.</summary>
    internal static int Spent(string schema, out string? problem)
    {
        var work = new Work();
        problem = null;
        try
        {
            Grammar.Parse(SchemaGrammar.Compile(schema, work), generated: true);
        }
        catch (GrammarException refused)
        {
            problem = refused.Message;
        }

        return work.Spent;
    }
}
