using System.Text.Json;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>
/// Each keyword judges the same values alone, beside "enum", as its own opposite, and in pairs with another; which those are stands in a table.
/// </summary>
public sealed class SchemaKeywordTests
{
    private const string Opposite = "opposite";
    private const string Alone = "alone";

    /// <summary>The values that are judged, each with its letter.</summary>
    private static readonly (char Letter, string Value)[] s_values =
    [
        ('n', "null"), ('t', "true"), ('f', "false"),
        ('0', "0"), ('1', "1"), ('2', "2"), ('h', "1.5"), ('m', "-1"),
        ('e', "\"\""), ('a', "\"a\""), ('b', "\"ab\""), ('x', "\"x😀\""),
        ('k', "[]"), ('K', "[1]"), ('L', "[1,\"a\"]"), ('M', "[1,\"a\",null]"), ('D', "[1,1]"),
        ('o', "{}"), ('p', """{"a":1}"""), ('q', """{"b":"a"}"""), ('r', """{"a":1,"b":"a"}"""), ('s', """{"a":"a","c":null}"""),
    ];

    /// <summary>Keywords; the values that they allow behind a plus, or those that they do not behind a minus; and what of them is refused by name.</summary>
    private static readonly (string Keywords, string Allowed, string Refused)[] s_rows =
    [
        ("\"type\":\"null\"", "+n", ""),
        ("\"type\":\"boolean\"", "+tf", ""),
        ("\"type\":\"integer\"", "+012m", ""),
        ("\"type\":\"number\"", "+012hm", ""),
        ("\"type\":[\"integer\",\"string\"]", "+012meabx", ""),
        ("\"type\":[\"integer\",\"number\"]", "+012hm", ""),
        ("\"type\":\"array\"", "+kKLMD", ""),
        ("\"type\":\"object\"", "+opqrs", ""),
        ("\"const\":1.0", "+1", ""),
        ("\"const\":\"ab\"", "+b", ""),
        ("\"const\":{\"b\":\"a\",\"a\":1}", "+r", Opposite),
        ("\"enum\":[true,2.0,\"\",[1]]", "+t2eK", Opposite),
        ("\"enum\":[true,2.0,\"\"]", "+t2e", ""),
        ("\"enum\":[1,\"a\",null],\"const\":1", "+1", ""),
        ("\"minimum\":1", "-0m", ""),
        ("\"maximum\":1", "-2h", ""),
        ("\"exclusiveMinimum\":1", "-01m", ""),
        ("\"exclusiveMaximum\":1", "-12h", ""),
        ("\"multipleOf\":2", "-1hm", ""),
        ("\"multipleOf\":1.5", "-12m", ""),
        ("\"minLength\":1", "-e", ""),
        ("\"minLength\":2", "-ea", ""),
        ("\"maxLength\":1", "-bx", ""),
        ("\"maxLength\":0", "-abx", ""),
        ("\"pattern\":\"a\"", "-ex", ""),
        ("\"pattern\":\"^a$\"", "-ebx", ""),
        ("\"pattern\":\"^a\"", "-ex", ""),
        ("\"pattern\":\"a$\"", "-ebx", ""),
        ("\"pattern\":\"^a\",\"maxLength\":1", "-ebx", ""),
        ("\"format\":\"date\"", "-eabx", ""),
        ("\"minItems\":1", "-k", ""),
        ("\"minItems\":2", "-kK", ""),
        ("\"maxItems\":1", "-LMD", ""),
        ("\"maxItems\":0", "-KLMD", ""),
        ("\"items\":{\"type\":\"integer\"}", "-LM", ""),
        ("\"items\":false", "-KLMD", ""),
        ("\"items\":true", "-", ""),
        ("\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}]", "-D", ""),
        ("\"prefixItems\":[true,false]", "-LMD", ""),
        ("\"prefixItems\":[true],\"items\":{\"type\":\"string\"}", "-MD", Opposite),
        ("\"prefixItems\":[true],\"items\":false", "-LMD", ""),
        ("\"prefixItems\":[true],\"minItems\":1,\"maxItems\":2", "-kM", ""),
        ("\"contains\":{\"type\":\"string\"}", "-kKD", ""),
        ("\"uniqueItems\":true,\"maxItems\":1", "-LMD", Opposite),
        ("\"uniqueItems\":true", "-D", Opposite + Alone),
        ("\"contains\":{\"const\":null},\"maxItems\":3", "-kKLD", Alone),
        ("\"contains\":{\"const\":\"a\"},\"minItems\":3", "-kKLD", Alone),
        ("\"contains\":{\"const\":\"a\"},\"prefixItems\":[true]", "-kKD", Alone),
        ("\"contains\":{\"const\":\"a\"},\"not\":{\"items\":{\"type\":\"integer\"}}", "+LM", Opposite + Alone),
        ("\"properties\":{\"a\":{\"type\":\"integer\"}}", "-s", ""),
        ("\"properties\":{\"a\":false}", "-prs", ""),
        ("\"additionalProperties\":false", "-pqrs", Opposite),
        ("\"additionalProperties\":true", "-", ""),
        ("\"additionalProperties\":{\"type\":\"integer\"}", "-qrs", Opposite),
        ("\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"string\"}", "-s", Opposite),
        ("\"patternProperties\":{\"^[ab]$\":{\"type\":\"string\"}}", "-pr", Opposite),
        ("\"patternProperties\":{\"^[ab]$\":true,\"b\":{\"type\":\"string\"}},\"additionalProperties\":false", "-s", Opposite),
        ("\"propertyNames\":{\"enum\":[\"a\",\"c\",1]}", "-qr", Opposite),
        ("\"propertyNames\":{\"pattern\":\"[ab]\"}", "-s", Opposite),
        ("\"propertyNames\":{\"anyOf\":[{\"const\":\"a\"},{\"pattern\":\"b\"},{\"type\":\"null\"}]}", "-s", Opposite),
        ("\"propertyNames\":true", "-", ""),
        ("\"required\":[\"a\"]", "-oq", ""),
        ("\"required\":[\"a\",\"b\"]", "-opqs", ""),
        ("\"minProperties\":1", "-o", ""),
        ("\"minProperties\":2", "-opq", ""),
        ("\"maxProperties\":1", "-rs", ""),
        ("\"maxProperties\":0", "-pqrs", ""),
        ("\"minProperties\":1,\"properties\":{\"a\":{\"type\":\"integer\"}}", "-os", ""),
        ("\"minProperties\":2,\"required\":[\"a\"]", "-opq", ""),
        ("\"maxProperties\":1,\"properties\":{\"a\":{},\"b\":{}},\"additionalProperties\":false", "-rs", Opposite),
        ("\"dependentRequired\":{\"a\":[\"b\"]}", "-ps", ""),
        ("\"dependentRequired\":{\"a\":[\"b\",\"c\"]}", "-prs", ""),
        ("\"dependentRequired\":{\"a\":[]}", "-", ""),
        ("\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}", "-ps", ""),
        ("\"allOf\":[{\"minimum\":1},{\"maximum\":1}]", "-02hm", ""),
        ("\"anyOf\":[{\"type\":\"null\"},{\"type\":\"number\",\"minimum\":2}]", "+n2", ""),
        ("\"oneOf\":[{\"minimum\":1},{\"maximum\":1}]", "+02hm", ""),
        ("\"oneOf\":[{\"minimum\":1},{\"maximum\":1},{\"const\":0}]", "+2hm", ""),
        ("\"not\":{\"type\":\"string\"}", "-eabx", ""),
        ("\"not\":{\"not\":{\"type\":\"string\"}}", "+eabx", ""),
        ("\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1},\"else\":{\"type\":[\"number\",\"null\"]}", "+n012hmabx", ""),
        ("\"if\":{\"minLength\":1},\"then\":{\"type\":\"string\"}", "+eabx", ""),
        ("\"if\":{\"type\":\"string\"},\"else\":{\"type\":\"null\"}", "+neabx", ""),
        ("\"if\":{\"type\":\"string\"}", "-", ""),
        ("\"then\":false,\"else\":false", "-", ""),
        ("\"$ref\":\"#x\",\"$defs\":{\"y\":{\"$anchor\":\"x\",\"type\":\"string\"}}", "+eabx", ""),
        ("\"type\":[\"string\",\"null\"],\"minLength\":2", "+nbx", ""),
        ("\"type\":\"string\",\"minLength\":2,\"maxLength\":1", "+", ""),
        ("\"minLength\":2,\"maxLength\":1", "-eabx", ""),
        ("\"minItems\":2,\"maxItems\":1", "-kKLMD", ""),
        ("\"minProperties\":2,\"maxProperties\":1", "-opqrs", ""),
        ("\"required\":[\"a\"],\"maxProperties\":0", "-opqrs", ""),
        ("\"required\":[\"a\"],\"properties\":{\"a\":false}", "-opqrs", ""),
        ("\"required\":[\"a\"],\"not\":{\"required\":[\"a\"]}", "-ntf012hmeabxkKLMDopqrs", ""),
        ("\"type\":\"integer\",\"minimum\":1,\"maximum\":1", "+1", ""),
        ("\"type\":\"number\",\"not\":{\"multipleOf\":1}", "+h", ""),
        ("\"type\":\"string\",\"not\":{\"enum\":[\"a\",\"ab\"]}", "+ex", ""),
        ("\"type\":\"string\",\"not\":{\"pattern\":\"a\"}", "+ex", ""),
        ("\"type\":\"string\",\"minLength\":1,\"not\":{\"const\":\"a\"}", "+bx", ""),
        ("\"not\":{\"enum\":[null,false,0,\"a\"]}", "-nf0a", ""),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, s_rows.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Compile_Keywords_JudgeAlikeAloneAmongValuesAndAsTheirOpposite(int row)
    {
        var (keywords, allowed, refused) = s_rows[row];
        var (all, good) = (string.Join(',', s_values.Select(value => value.Value)), Letters(allowed));
        var bad = new string([.. s_values.Select(value => value.Letter).Except(good)]);
        var (noOpposite, notAlone) = (refused.Contains(Opposite, StringComparison.Ordinal), refused.Contains(Alone, StringComparison.Ordinal));
        Check($"{{{keywords}}}", good, notAlone);
        if (!keywords.StartsWith("\"enum\"", StringComparison.Ordinal))
        {
            Check($"{{\"enum\":[{all}],{keywords}}}", good, mayRefuse: false);
        }

        Check($"{{\"not\":{{{keywords}}}}}", bad, noOpposite);
        Check($"{{\"type\":[\"null\",\"boolean\",\"number\",\"string\",\"array\",\"object\"],\"not\":{{\"not\":{{{keywords}}}}}}}", good, notAlone);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Compile_TwoSchemasTogether_JudgeAsTheyDoApart(int row)
    {
        var (one, other) = (s_rows[row], s_rows[(row + 7) % s_rows.Length]);
        var (a, b) = (Letters(one.Allowed), Letters(other.Allowed));
        var (both, either) = (new string([.. a.Intersect(b)]), new string([.. a.Union(b)]));
        var mayRefuse = one.Refused.Length + other.Refused.Length > 0 || new[] { "contains", "\"items" }.Any((one.Keywords + other.Keywords).Contains);
        Check($"{{\"allOf\":[{{{one.Keywords}}},{{{other.Keywords}}}]}}", both, mayRefuse);
        Check($"{{\"anyOf\":[{{{one.Keywords}}},{{{other.Keywords}}}]}}", either, mayRefuse);
        Check($"{{\"oneOf\":[{{{one.Keywords}}},{{{other.Keywords}}}]}}", new string([.. either.Except(both)]), mayRefuse);
        Check($"{{\"if\":{{{one.Keywords}}},\"then\":{{{other.Keywords}}},\"else\":{{\"type\":\"null\"}}}}", both + (a.Contains('n', StringComparison.Ordinal) ? "" : "n"), mayRefuse);
    }

    private static string Letters(string allowed) => allowed[0] == '+' ? allowed[1..] : new string([.. s_values.Select(value => value.Letter).Except(allowed[1..])]);

    private static void Check(string schema, string good, bool mayRefuse)
    {
        GrammarMatch match;
        try
        {
            match = new GrammarMatch(SchemaGrammar.Compile(schema));
        }
        catch (GrammarException problem) when (problem.Message == "the schema: no value matches it")
        {
            Assert.Equal("", good);
            return;
        }
        catch (GrammarException problem)
        {
            Assert.True(mayRefuse, $"{schema}: {problem.Message}");
            Assert.Matches("^/.*(the opposite of|\"contains\" \\(or|\"uniqueItems\" is supported)", problem.Message);
            return;
        }

        var found = new string([.. s_values.Where(value => match.AcceptsInSomeOrder(JsonElement.Parse(value.Value))).Select(value => value.Letter)]);
        Assert.Equal($"{schema}: {new string([.. s_values.Select(value => value.Letter).Intersect(good)])}", $"{schema}: {found}");
    }
}
