using System.Text;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Schemas and expressions that are made to take long: what they cost is bounded, and they are refused by name or compiled.</summary>
public sealed class HostileSchemaTests
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
    [InlineData(10_000, true, true)]
    [InlineData(3_000, false, true)]
    [InlineData(10_000, false, false)]
    public void Compile_ManyProperties_TakesWorkInProportion(int count, bool required, bool compiles)
    {
        var names = Enumerable.Range(0, count).Select(i => $"\"property{i}\"").ToList();
        var schema = $$"""{"type":"object","properties":{ {{string.Join(',', names.Select(name => $"{name}:{{\"type\":\"integer\"}}"))}} },"required":[{{(required ? string.Join(',', names) : "")}}],"additionalProperties":false}""";
        Assert.InRange(Spent(schema, out var problem), 1, 60 * count);
        Assert.Equal(compiles, problem is null);
        Assert.True(compiles || problem == "the schema: more than 4000 properties that are not required; that is the most", problem);
    }

    [Fact]
    public void Compile_OptionalPropertiesAndOthers_GrowsInProportion()
    {
        static string Schema(int count) => $$"""{"properties":{ {{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}"))}} },"minProperties":1}""";
        var (small, large) = (SchemaGrammar.Compile(Schema(100)).Length, SchemaGrammar.Compile(Schema(800)).Length);
        Assert.InRange(large, 6 * small, 12 * small);
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

    [Fact]
    public void Compile_LongChainThroughProperties_Compiles()
    {
        var chain = string.Join(',', Enumerable.Range(0, 2_000).Select(i =>
            $$"""  "d{{i}}":{"oneOf":[{"type":"object","properties":{"a":{"$ref":"#/$defs/d{{i + 1}}"} },"required":["a"]},{"type":"null"}]}"""));
        Assert.InRange(Spent($$"""{"$ref":"#/$defs/d0","$defs":{ {{chain}},"d2000":{"type":"null"} } }""", out var problem), 1, Work.Most);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("anyOf")]
    [InlineData("oneOf")]
    public void Compile_CombinationsOfAlternatives_AreRefusedByTheirNumber(string keyword)
    {
        // Thirty choices of two each: a thousand million combinations.
        var parts = Enumerable.Range(0, 30).Select(i =>
            $$"""{"{{keyword}}":[{"properties":{"a{{i}}":{"type":"null"} },"required":["a{{i}}"]},{"properties":{"b{{i}}":{"type":"null"} },"required":["b{{i}}"]}]}""");
        Assert.InRange(Spent($$"""{"type":"object","allOf":[{{string.Join(',', parts)}}]}""", out var problem), 1, Work.Most + 10_000);
        Assert.Contains("that is the most", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_NestedAlternativesThatDouble_AreBounded()
    {
        var schema = """{"type":"null"}""";
        for (var i = 0; i < 20; i++)
        {
            schema = $$"""{"oneOf":[{"required":["a{{i}}"]},{{schema}}]}""";
        }

        Assert.InRange(Spent(schema, out _), 1, Work.Most + 10_000);
    }

    [Fact]
    public void Compile_HugeEnum_TakesWorkInProportion()
    {
        var schema = $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"value {i}\""))}}]}""";
        Assert.InRange(Spent(schema, out var problem), 1, 1_000_000);
        Assert.Null(problem);
        var match = new GrammarMatch(SchemaGrammar.Compile(schema));
        Assert.True(match.Accepts("\"value 9999\""));
        Assert.False(match.Accepts("\"value 10000\""));
    }

    [Fact]
    public void Compile_HugeEnumOfNumbers_IsRefusedOrCompiled()
    {
        var schema = $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 10_000))}}]}""";
        Assert.InRange(Spent(schema, out var problem), 1, 1_000_000);
        Assert.Null(problem);
        Assert.True(new GrammarMatch(SchemaGrammar.Compile(schema)).Accepts("9999"));
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

    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(a|a)*$")]
    [InlineData("(a*)*b")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData("^((a{0,100}){0,100}){0,100}$")]
    [InlineData("(.*a){20}")]
    [InlineData("a.{20}$")]
    [InlineData("^(x{1,5000}){1,5000}y")]
    [InlineData("[^a]*a[^b]*b[^c]*c.*d.{12}")]
    public void Compile_CatastrophicPattern_IsBounded(string pattern)
    {
        Assert.InRange(Spent($$"""{"type":"string","pattern":"{{pattern}}"}""", out var problem), 1, Work.Most + 10_000);
        Assert.True(problem is null || problem.Contains("that is the most", StringComparison.Ordinal), problem);
        var work = new Work();
        try
        {
            RegexGrammar.Compile(pattern, work);
        }
        catch (GrammarException)
        {
        }

        Assert.InRange(work.Spent, 1, 1_000);
    }

    [Fact]
    public void Compile_MorePatternsThanCanBeToldApart_IsRefused()
    {
        var patterns = string.Join(',', Enumerable.Range(0, 12).Select(i => $"\"{(char)('a' + i)}\":{{\"minLength\":{i}}}"));
        Assert.InRange(Spent($$"""{"type":"object","patternProperties":{ {{patterns}} } }""", out var problem), 1, Work.Most + 10_000);
        Assert.Contains("that is the most", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_TooLarge_IsRefused()
    {
        Assert.Equal(
            "the schema has 1048577 characters; at most 1048576 are allowed",
            Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(new string(' ', (1 << 20) + 1))).Message);
        Assert.InRange(Spent($$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"{i}{new string('x', 20_000)}\""))}}]}""", out var problem), 1, Work.Most + 25_000);
        Assert.Contains("that is the most", problem, StringComparison.Ordinal);
    }

    private static int Spent(string schema, out string? problem)
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
