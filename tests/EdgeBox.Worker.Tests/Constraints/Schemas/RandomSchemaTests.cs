using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Random schemas against a validator that knows nothing of grammars.</summary>
public sealed partial class RandomSchemaTests
{
    private const int Values = 40;

    private static readonly int s_schemas = Math.Max(60, Tries.Of(1_000));

    [Fact]
    public void Compile_RandomSchemas_JudgeValuesAsAPlainValidatorDoes()
    {
        var (compiled, valid, invalid) = (0, 0, 0);
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new RandomSchema(seed);
                var schema = random.Schema();
                var (plain, values) = (JsonNode.Parse(schema), Enumerable.Range(0, Values).Select(_ => random.Value()).Distinct().ToList());
                GrammarMatch match;
                try
                {
                    match = new GrammarMatch(SchemaGrammar.Compile(schema));
                }
                catch (GrammarException problem)
                {
                    if (problem.Message == "the schema: no value matches it")
                    {
                        Assert.DoesNotContain(values, value => SmallValidator.Matches(plain, JsonNode.Parse(value)));
                    }
                    else
                    {
                        Assert.Matches("the opposite of|\"contains\"|that is the most", problem.Message);
                    }

                    return;
                }

                Interlocked.Increment(ref compiled);
                foreach (var value in values)
                {
                    var expected = SmallValidator.Matches(plain, JsonNode.Parse(value));
                    Interlocked.Increment(ref expected ? ref valid : ref invalid);
                    Assert.True(expected == match.AcceptsInSomeOrder(JsonElement.Parse(value)), $"{schema} {(expected ? "allows" : "does not allow")} {value}");
                }
            },
            iter: s_schemas,
            print: seed => new RandomSchema(seed).Schema());
        Assert.InRange(compiled, s_schemas / 2, s_schemas);
        Assert.InRange(valid, s_schemas, int.MaxValue);
        Assert.InRange(invalid, s_schemas, int.MaxValue);
    }

    /// <summary>Walks where the grammar leads, so that what is looked at is what it allows and not what somebody thought of.</summary>
    [Fact]
    public void Compile_RandomSchemas_WhatTheGrammarWritesIsValid()
    {
        var written = 0;
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var schema = new RandomSchema(seed).Schema();
                GrammarMatch match;
                try
                {
                    match = new GrammarMatch(SchemaGrammar.Compile(schema));
                }
                catch (GrammarException)
                {
                    return;
                }

                if (match.Walk(new Random(seed), "{}[]\":, \nabc0123.5-truefalsn", 60) is { } text)
                {
                    Interlocked.Increment(ref written);
                    var node = JsonNode.Parse(text, documentOptions: new() { MaxDepth = 500 });
                    if (!HasTwins(text) && !HasExponent().IsMatch(text))
                    {
                        Assert.True(SmallValidator.Matches(JsonNode.Parse(schema), node), $"{schema} does not allow {text}");
                    }
                }
            },
            iter: s_schemas,
            print: seed => new RandomSchema(seed).Schema());
        Assert.InRange(written, s_schemas / 4, s_schemas);
    }

    /// <summary>Numbers that the plain validator cannot tell apart.</summary>
    [GeneratedRegex("[0-9][eE]|[0-9]{10}")]
    private static partial Regex HasExponent();

    /// <summary>Whether a name that no schema names is there twice, which no grammar can help.</summary>
    private static bool HasTwins(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false });
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }
}
