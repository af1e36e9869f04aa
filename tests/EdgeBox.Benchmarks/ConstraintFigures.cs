using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>What one stream that must match a grammar costs the others.</summary>
internal static class ConstraintFigures
{
    // An object with a name, a number and a list, as a schema of an invoice would have it.
    private const string Grammar = """
        root ::= "{" ws "\"name\":" ws string "," ws "\"total\":" ws number "," ws "\"lines\":" ws "[" ws string (ws "," ws string)* ws "]" ws "}"
        string ::= "\"" char* "\""
        char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" hex hex hex hex)
        hex ::= [0-9a-fA-F]
        number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
        ws ::= [ \t\n]*
        """;

    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Others = 15;
    private const int Tokens = 96;
    private const int Rounds = 5;

    /// <summary>Tokens per second of fifteen streams beside a constrained one, against beside one that is not.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.GptOss;
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(model.WriteTo(directory), Name, Context, Others + 1, Threads);
        using var fleet = new Fleet();
        var prompts = new Prompts();
        var target = new Target { Address = box.Socket, Model = Name };
        var (free, bound, slower) = (new List<double>(), new List<double>(), new List<double>());
        for (var (round, ended) = (0, 0); round <= Rounds; round++)
        {
            try
            {
                var without = await OthersAsync("");
                var with = await OthersAsync(Grammar);
                if (round > 0)
                {
                    free.Add(without);
                    bound.Add(with);
                    slower.Add(100 * (1 - (with / without)));
                }
            }
            catch (ShortStreamException) when (ended++ < Rounds)
            {
                round--; // A random model may end an answer of itself; that round does not count.
            }
        }

        var sample = new Sample(slower);
        yield return Figure.AtMost("one constrained stream slows fifteen others by", 5, sample.Median, "%",
            $"{model.About}, {Threads} thread; {Figure.Number(new Sample(bound).Median)} and {Figure.Number(new Sample(free).Median)} tokens/s; "
            + sample.Spread("%"));

        async Task<double> OthersAsync(string grammar)
        {
            // The sixteenth stream draws with temperature 1 both times, and begins again if it ends.
            var sixteenth = Enumerable.Range(0, 50).Select(_ => new Ask
            {
                Prompt = prompts.Next(16), Tokens = Tokens * 2, Temperature = 1, Seed = 7, Grammar = grammar,
            }).ToList();
            var others = Enumerable.Range(0, Others)
                .Select(_ => (IReadOnlyList<Ask>)[new Ask { At = 0.1, Prompt = prompts.Next(16), Tokens = Tokens }]);
            var answers = await fleet.RunAsync([new Plan(target, [.. others])], background: [new Plan(target, [sixteenth])]);
            return answers[1].Find(a => a.Problem is not null) is { } refused
                ? throw new InvalidOperationException($"The constrained stream was refused: {refused.Problem}")
                : Window.SpeedOf(answers[0], Tokens).Decode;
        }
    }
}
