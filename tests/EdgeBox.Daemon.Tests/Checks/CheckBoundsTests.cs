using System.Diagnostics;
using EdgeBox.Daemon.Checks;
using EdgeBox.V1;
using Check = EdgeBox.V1.Check;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>Texts and schemas that are made to take long: what it takes to judge them is bounded.</summary>
public sealed class CheckBoundsTests
{
    [Fact]
    public void Judge_HostileTexts_EndsInTimeWithAVerdictForEach()
    {
        var checks = CheckSet.Prepare(
            [
                new Check { Contains = new TextList { Texts = { "needle" } } }, new Check { Forbids = new TextList { Texts = { "x" }, IgnoreCase = true } }, new Check { Regex = "(x+x+)+y|[^z]{900}$" }, new Check { Script = new ScriptCheck { Code = "Hans" } },
                new Check { Language = "ug" }, new Check { Length = new LengthCheck { MostOfInput = 1 } }, new Check { KeepsNumbers = true },
                new Check { KeepsNames = new NamesCheck() }, new Check { KeepsNames = new NamesCheck { Names = { "\u0301" } } },
                new Check { ErrorRate = new ErrorRateCheck { Most = 1, Reference = new string('a', 65_536) } },
                new Check { JsonSchema = """{"anyOf":[{"$ref":"#"},{"type":"array","items":{"$ref":"#"},"uniqueItems":true},{"pattern":"^(a+)+$"}]}""" },
            ],
            "");
        string[] pieces = ["\ud800", "\udc00x", "e\u0301\u0302\u0303\u0304", "1,2.", "11,", "၁၂၊", "aB ", "\"[", "👨‍👩‍👧", "\u0000", "\u202E", "𝟙", "的", "[[", "{\"a\":", "9"];
        foreach (var piece in pieces)
        {
            var text = string.Concat(Enumerable.Repeat(piece, (1 << 20) / piece.Length));
            var begun = Stopwatch.GetTimestamp();
            Assert.Equal(checks.Count, checks.Judge(text, text).Count);
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), piece);
        }
    }

    [Fact]
    public void Judge_SchemaThatMultiplies_IsGivenUp()
    {
        // Each level doubles the work.
        var levels = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""
            "l{{i}}":{"allOf":[{"$ref":"#/$defs/l{{i + 1}}"},{"$ref":"#/$defs/l{{i + 1}}"}] }
            """));
        var schema = """{"$ref":"#/$defs/l0","$defs":{"l40":true,""" + levels + "}}";
        Assert.Equal("Too much work would be needed to judge the JSON by its schema.", SchemaJudge.Of(schema, "schema").Judge("1", ""));
    }
}
