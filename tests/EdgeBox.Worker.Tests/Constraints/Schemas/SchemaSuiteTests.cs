using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>The public test suite of JSON Schema: every schema is refused by name, or its grammar judges every instance as the suite does.</summary>
public sealed partial class SchemaSuiteTests(ITestOutputHelper output)
{
    private const int Schemas = 383;
    private const int LeastCompiled = 220;

    [Fact]
    public void Compile_SchemaTestSuite_RefusesByNameOrJudgesEveryInstanceRight()
    {
        var folder = Folder();
        Assert.SkipUnless(folder is not null, "no shared data");
        var (mismatches, refusals, compiled, reordered, asserted) = (new List<string>(), new List<(string Keyword, string Message)>(), 0, 0, 0);
        foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var group in document.RootElement.EnumerateArray())
            {
                var (schema, name) = (group.GetProperty("schema"), $"{Path.GetFileName(file)}: {group.GetProperty("description").GetString()}");
                GrammarMatch match;
                try
                {
                    match = new GrammarMatch(SchemaGrammar.Compile(schema.GetRawText()));
                }
                catch (GrammarException problem)
                {
                    refusals.Add((KeywordOf(problem.Message), $"{name}: {problem.Message}"));
                    continue;
                }

                compiled++;
                var canonical = new CanonicalText(schema);
                foreach (var test in group.GetProperty("tests").EnumerateArray())
                {
                    var (data, valid) = (test.GetProperty("data"), test.GetProperty("valid").GetBoolean());
                    if (IsHeldToFormat(schema, data))
                    {
                        // The suite takes every format for an annotation; here this one is an assertion, and the text does not have it.
                        asserted++;
                        valid = false;
                    }

                    var texts = canonical.AllOf(data).ToList();
                    if (valid && !match.Accepts(texts[0]) && texts.Any(match.Accepts))
                    {
                        reordered++;
                        output.WriteLine($"another order: {name}: {texts[0]}");
                    }

                    if (texts.Any(match.Accepts) != valid)
                    {
                        mismatches.Add($"{name}: {texts[0]} is {(valid ? "valid" : "invalid")}: {schema.GetRawText().ReplaceLineEndings(" ")}");
                    }
                }
            }
        }

        output.WriteLine($"compiled {compiled}, refused {refusals.Count}; in another order than mentioned {reordered}; held to a format {asserted}");
        foreach (var keyword in refusals.GroupBy(refusal => refusal.Keyword).OrderByDescending(keyword => keyword.Count()))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{keyword.Count(),4} {keyword.Key}"));
        }

        foreach (var (_, message) in refusals)
        {
            output.WriteLine(message);
        }

        Assert.Empty(mismatches);
        Assert.Equal(Schemas, compiled + refusals.Count);
        Assert.InRange(compiled, LeastCompiled, Schemas);
        Assert.Equal(0, reordered);
    }

    private static string? Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "EdgeBox.sln")))
            {
                var folder = Path.Combine(at.FullName, "..", "shared", "data", "json-schema-test-suite");
                return Directory.Exists(folder) ? folder : null;
            }
        }

        return null;
    }

    private static bool IsHeldToFormat(JsonElement schema, JsonElement data) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("format", out var format)
        && format.GetString() is "date" or "date-time" or "time" or "uuid" or "ipv4" && data.ValueKind == JsonValueKind.String;

    private static string KeywordOf(string message) => Place().Match(message) is { Success: true } match ? match.Groups[1].Value : message;

    [GeneratedRegex("""^[^:]*?/([^/: ]+): """)]
    private static partial Regex Place();
}
