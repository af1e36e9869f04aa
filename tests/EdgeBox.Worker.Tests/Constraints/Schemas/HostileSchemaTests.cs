using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Schemas and expressions that are made to take long: what they cost is bounded, and they are refused by name or compiled.</summary>
public sealed class HostileSchemaTests
{
    /// <summary>What one compilation may allocate.</summary>
    private const long MostBytes = 768L << 20;

    /// <summary>Schemas that ask for much memory, by what they have much of.</summary>
    private static readonly Dictionary<string, Func<string>> s_hungry = new()
    {
        ["depth"] = () => string.Concat(Enumerable.Repeat("{\"items\":{\"properties\":{\"a\":", 21)) + "{}" + new string('}', 63),
        ["required names"] = () => $"{{\"required\":[{Many(40_000, i => $"\"name {i}\"")}]}}",
        ["one long text"] = () => $"{{\"const\":\"{new string('\u1000', 1_000_000)}\"}}",
        ["values"] = () => $"{{\"enum\":[{Many(60_000, i => $"\"value {i}\"")}]}}",
        ["numbers"] = () => $"{{\"enum\":[{Many(60_000, i => $"{i}.5")}]}}",
        ["long numbers"] = () => $"{{\"enum\":[{Many(2_000, i => $"{i + 1}{new string('7', 390)}")}]}}",
        ["objects"] = () => $"{{\"enum\":[{Many(30_000, i => $"{{\"a\":[{i}]}}")}]}}",
        ["properties"] = () => $"{{\"properties\":{{{Many(19_000, i => $"\"p{i}\":{{\"type\":\"null\"}}")}}}}}",
        ["counted properties"] = () => $"{{\"maxProperties\":100,\"properties\":{{{Many(3_000, i => $"\"p{i}\":{{}}")}}}}}",
        ["alternatives"] = () => $"{{\"anyOf\":[{Many(15_000, i => $"{{\"const\":{i}}}")}]}}",
        ["alternatives of which one is right"] = () => $"{{\"oneOf\":[{Many(2_000, i => $"{{\"minimum\":{i}}}")}]}}",
        ["choices"] = () => $"{{\"type\":\"object\",\"allOf\":[{Many(30, i => $"{{\"anyOf\":[{{\"required\":[\"a{i}\"]}},{{\"required\":[\"b{i}\"]}}]}}")}]}}",
        ["what must not be"] = () => $"{{\"not\":{{\"anyOf\":[{Many(5_000, i => $"{{\"const\":\"{i}\"}}")}]}}}}",
        ["recursion"] = () => $"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{Many(3_000, i => $"\"d{i}\":{{\"properties\":{{\"a\":{{\"$ref\":\"#/$defs/d{(i * 7) % 3_000}\"}},\"b\":{{\"$ref\":\"#/$defs/d{(i + 1) % 3_000}\"}}}}}}")}}}}}",
        ["references"] = () => $"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{Many(14_000, i => $"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}")}}}}}",
        ["places"] = () => $"{{\"prefixItems\":[{Many(19_000, i => $"{{\"const\":{i}}}")}]}}",
        ["what must not be in places"] = () => $"{{\"not\":{{\"prefixItems\":[{Many(5_000, i => $"{{\"const\":{i}}}")}]}}}}",
        ["patterns of names"] = () => $"{{\"patternProperties\":{{{Many(12, i => $"\"{(char)('a' + i)}.{{5}}\":{{\"minLength\":{i}}}")}}}}}",
        ["states"] = () => """{"pattern":"(.*a){20}.{12}$","minLength":3}""",
        ["repetitions"] = () => """{"pattern":"(a{0,60000}){0,60000}b","minLength":8000}""",
        ["decimals"] = () => """{"type":"number","multipleOf":0.997,"minimum":0.0000000000000000000001,"maximum":1e300}""",
    };

    public static TheoryData<string> Hungry => [.. s_hungry.Keys];

    [Theory]
    [InlineData(10_000, true, true)]
    [InlineData(3_000, false, true)]
    [InlineData(10_000, false, false)]
    public void Compile_ManyProperties_TakesWorkInProportion(int count, bool required, bool compiles)
    {
        var names = Enumerable.Range(0, count).Select(i => $"\"property{i}\"").ToList();
        var schema = $$"""{"type":"object","properties":{ {{string.Join(',', names.Select(name => $"{name}:{{\"type\":\"integer\"}}"))}} },"required":[{{(required ? string.Join(',', names) : "")}}],"additionalProperties":false}""";
        Assert.InRange(SchemaBoundsTests.Spent(schema, out var problem), 1, 100 * count);
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

    [Fact]
    public void Compile_LongChainThroughProperties_Compiles()
    {
        var chain = string.Join(',', Enumerable.Range(0, 2_000).Select(i =>
            $$"""  "d{{i}}":{"oneOf":[{"type":"object","properties":{"a":{"$ref":"#/$defs/d{{i + 1}}"} },"required":["a"]},{"type":"null"}]}"""));
        Assert.InRange(SchemaBoundsTests.Spent($$"""{"$ref":"#/$defs/d0","$defs":{ {{chain}},"d2000":{"type":"null"} } }""", out var problem), 1, Work.Most);
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
        Assert.InRange(SchemaBoundsTests.Spent($$"""{"type":"object","allOf":[{{string.Join(',', parts)}}]}""", out var problem), 1, Work.Most + 10_000);
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

        Assert.InRange(SchemaBoundsTests.Spent(schema, out _), 1, Work.Most + 10_000);
    }

    [Fact]
    public void Compile_HugeEnum_TakesWorkInProportion()
    {
        var schema = $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"value {i}\""))}}]}""";
        Assert.InRange(SchemaBoundsTests.Spent(schema, out var problem), 1, 1_000_000);
        Assert.Null(problem);
        var match = new GrammarMatch(SchemaGrammar.Compile(schema));
        Assert.True(match.Accepts("\"value 9999\""));
        Assert.False(match.Accepts("\"value 10000\""));
    }

    [Fact]
    public void Compile_HugeEnumOfNumbers_IsRefusedOrCompiled()
    {
        var schema = $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 10_000))}}]}""";
        Assert.InRange(SchemaBoundsTests.Spent(schema, out var problem), 1, 1_000_000);
        Assert.Null(problem);
        Assert.True(new GrammarMatch(SchemaGrammar.Compile(schema)).Accepts("9999"));
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
        Assert.InRange(SchemaBoundsTests.Spent($$"""{"type":"string","pattern":"{{pattern}}"}""", out var problem), 1, Work.Most + 10_000);
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
    public void Compile_TooLarge_IsRefused()
    {
        Assert.Equal(
            "the schema has 1048577 characters; at most 1048576 are allowed",
            Assert.Throws<GrammarException>(() => SchemaGrammar.Compile(new string(' ', (1 << 20) + 1))).Message);
        Assert.InRange(SchemaBoundsTests.Spent($$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"{i}{new string('x', 20_000)}\""))}}]}""", out var problem), 1, Work.Most + 25_000);
        Assert.Contains("that is the most", problem, StringComparison.Ordinal);
    }
    [Fact]
    public void Compile_ManyTexts_MatchesEach()
    {
        var match = new GrammarMatch(ChoicesGrammar.Compile([.. Enumerable.Range(0, 10_000).Select(i => $"{i * 7919 % 10_007} choice")]));
        Assert.True(match.Accepts("7919 choice"));
        Assert.False(match.Accepts("10006 choices"));
    }

    [Fact]
    public void Compile_MorePatternsThanCanBeToldApart_IsRefused()
    {
        var patterns = string.Join(',', Enumerable.Range(0, 12).Select(i => $"\"{(char)('a' + i)}\":{{\"minLength\":{i}}}"));
        Assert.InRange(SchemaBoundsTests.Spent($$"""{"type":"object","patternProperties":{ {{patterns}} } }""", out var problem), 1, Work.Most + 10_000);
        Assert.Contains("that is the most", problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hungry))]
    public void Compile_SchemaThatAsksForMuch_TakesBoundedMemory(string what)
    {
        var schema = s_hungry[what]();
        // All that the thread allocates is more than it ever holds.
        var before = GC.GetAllocatedBytesForCurrentThread();
        SchemaBoundsTests.Spent(schema, out _);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(taken < MostBytes, $"{what}: {taken >> 20} MiB");
    }

    private static string Many(int count, Func<int, string> make) => string.Join(',', Enumerable.Range(0, count).Select(make));
}
