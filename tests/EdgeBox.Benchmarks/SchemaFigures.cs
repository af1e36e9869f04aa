using System.Diagnostics;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Benchmarks;

/// <summary>How long it takes to make a grammar of a schema, from its text to the grammar that a sequence is held to.</summary>
internal static class SchemaFigures
{
    private const int Properties = 200;
    private const int Rounds = 30;
    private const int Warm = 150;

    /// <summary>Schemas of two hundred properties, with and without further ones.</summary>
    public static async IAsyncEnumerable<Figure> CompileAsync(string _)
    {
        await Task.Yield();
        foreach (var (name, further, aim) in ((string, string, bool)[])[("closed", ""","additionalProperties":false""", true), ("open", "", false)])
        {
            var schema = Schema(further);
            var times = new List<double>();
            var length = 0;
            for (var round = 0; round < Rounds + Warm; round++)
            {
                var begin = Stopwatch.GetTimestamp();
                var gbnf = SchemaGrammar.Compile(schema);
                new CompiledGrammar(Grammar.Parse(gbnf, generated: true), new MaskCache(1 << 20)).Start();
                if (round >= Warm)
                {
                    times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }

                length = gbnf.Length;
            }

            var sample = new Sample(times);
            var note = $"{schema.Length:N0} characters of schema, {length:N0} of grammar; {sample.Spread("ms")}";
            yield return aim
                ? Figure.AtMost($"schema of {Properties} properties, {name}", 20, sample.Median, "ms", note)
                : Figure.Plain($"schema of {Properties} properties, {name}", sample.Median, "ms", note);
        }
    }

    private static string Schema(string further)
    {
        var properties = Enumerable.Range(0, Properties).Select(i => $"\"{Name(i)}\":" + (i % 8) switch
        {
            0 => """{"type":"string"}""",
            1 => $$"""{"type":"integer","minimum":0,"maximum":{{100 + i}}}""",
            2 => """{"type":"number","minimum":0,"multipleOf":0.01}""",
            3 => $$"""{"enum":["open{{i}}","closed","on hold",null]}""",
            4 => """{"type":"array","items":{"type":"string","maxLength":40},"maxItems":10}""",
            5 => """{"type":"string","format":"date-time"}""",
            6 => """{"type":"object","properties":{"street":{"type":"string"},"number":{"type":"integer"}},"required":["street"],"additionalProperties":false}""",
            _ => $$"""{"anyOf":[{"type":"string","pattern":"^[A-Z]{2}{{i}}-[0-9]+$"},{"type":"null"}]}""",
        });
        var required = Enumerable.Range(0, Properties).Where(i => i % 2 == 0).Select(i => $"\"{Name(i)}\"");
        return $"{{\"type\":\"object\",\"properties\":{{{string.Join(',', properties)}}},\"required\":[{string.Join(',', required)}]{further}}}";
    }

    private static string Name(int i) => $"{((string[])["customer", "invoice", "delivery", "payment"])[i % 4]}_{((string[])["name", "total", "state"])[i % 3]}_{i}";
}
