using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Benchmarks;

/// <summary>What it costs to hold a sequence to a grammar, with the vocabulary of gpt-oss.</summary>
internal static class GrammarFigures
{
    private const int Rounds = 5;

    private const string Json = """
        root ::= object
        value ::= object | array | string | number | ("true" | "false" | "null") ws
        object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
        array ::= "[" ws ( value ("," ws value)* )? "]" ws
        string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws
        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
        ws ::= | " " | "\n" [ \t]{0,20}
        """;

    private const string Schema = """
        root ::= "{" space name-kv "," space status-kv "," space address-kv ("," space tags-kv)? "}" space
        name-kv ::= "\"name\"" space ":" space "\"" char{1,200} "\"" space
        status-kv ::= "\"status\"" space ":" space ("\"open\"" | "\"closed\"" | "\"waiting for the customer\"" | "\"waiting for a part\"") space
        address-kv ::= "\"address\"" space ":" space "{" space street-kv "," space number-kv "}" space
        street-kv ::= "\"street\"" space ":" space "\"" char{0,100} "\"" space
        number-kv ::= "\"number\"" space ":" space ("0" | [1-9] [0-9]{0,4}) space
        tags-kv ::= "\"tags\"" space ":" space "[" space (string ("," space string){0,9})? "]" space
        string ::= "\"" char* "\"" space
        char ::= [^"\\\x7F\x00-\x1F] | [\\] (["\\bfnrt] | "u" [0-9a-fA-F]{4})
        space ::= | " " | "\n"{1,2} [ \t]{0,20}
        """;

    private static readonly (string Name, string Grammar, string Text)[] s_cases =
    [
        ("JSON", Json, """{"name": "Ma Khin ခင်", "list": [1, -2.5e15, true, null, {"x": "a \"b\" c"}], "text": "The box answers.\n"}"""),
        ("schema", Schema, """{"name": "Tashi བཀྲ་ཤིས", "status": "waiting for a part", "address": {"street": "Bogyoke Road", "number": 14}, "tags": ["a", "b c"]}"""),
        ("regex", """root ::= [A-Z] [a-z]+ (" " [A-Za-z0-9_.-]+){1,20} "."  """, "The box answers every question that it can answer."),
        ("anything", "root ::= .*", "Anything at all: မင်္ဂလာပါ\n\n{} [] 0123456789"),
    ];

    /// <summary>Building the tree of tokens, and masks and single tokens along a text for each grammar.</summary>
    public static async IAsyncEnumerable<Figure> MaskAsync(string _)
    {
        await Task.Yield();
        var pieces = RealVocabulary.Load();
        var builds = new List<double>();
        TokenTable? table = null;
        for (var round = 0; round < Rounds; round++)
        {
            builds.Add(Milliseconds(() => table = new TokenTable(pieces)));
        }

        var build = new Sample(builds);
        yield return Figure.Plain("tree of tokens, built", build.Median, "ms", $"201,088 tokens, {table!.Short.Tokens.Length:N0} nodes of short and {table.Long.Tokens.Length:N0} of long ones; {build.Spread("ms")}");
        yield return Figure.Plain("tree of tokens, memory", (table.Short.Memory + table.Long.Memory) / (double)(1 << 20), "MiB", "arrays, counted");
        foreach (var (name, grammar, text) in s_cases)
        {
            foreach (var figure in Along(name, grammar, text, pieces))
            {
                yield return figure;
            }
        }
    }

    /// <summary>Walks along a text twice in fresh caches, so that code is warm and masks are not, and a third time with masks remembered.</summary>
    private static IEnumerable<Figure> Along(string name, string grammar, string text, PieceTable pieces)
    {
        var tokens = Split(text, pieces);
        Walk(new GrammarConstraints(() => pieces), grammar, tokens, pieces.Count);
        var constraints = new GrammarConstraints(() => pieces);
        constraints.Create("root ::= \"x\"");
        var compile = Milliseconds(() => constraints.Create(grammar));
        var (first, _) = Walk(constraints, grammar, tokens, pieces.Count);
        var (again, allows) = Walk(constraints, grammar, tokens, pieces.Count);
        var (ordered, repeated) = (first.Order().ToList(), new Sample(again));
        yield return Figure.Plain($"{name}: compile", compile, "ms", "text new, vocabulary known");
        yield return Figure.AtMost($"{name}: mask, first visit", 2, new Sample(first).Median, "ms", $"median of {first.Count} steps of one text; mean {Figure.Number(first.Average())} ms");
        yield return Figure.Plain($"{name}: mask, first visit, worst", ordered[^1], "ms", $"the second worst {Figure.Number(ordered[^2])} ms, the third {Figure.Number(ordered[^3])} ms");
        yield return Figure.Plain($"{name}: mask, again", 1000 * repeated.Median, "µs", "the same steps in another sequence");
        yield return Figure.Plain($"{name}: one token", allows, "µs", "mean of all steps, 1,000 tokens each");
    }

    private static (List<double> Masks, double Allows) Walk(GrammarConstraints constraints, string grammar, List<int> tokens, int size)
    {
        var constraint = constraints.Create(grammar);
        var logits = new float[size];
        var (masks, allows) = (new List<double>(), new List<double>());
        foreach (var token in tokens)
        {
            Array.Clear(logits);
            masks.Add(Milliseconds(() => constraint.Mask(logits)));
            allows.Add(Milliseconds(() => AskMany(constraint, token, size)));
            if (float.IsNegativeInfinity(logits[token]))
            {
                throw new InvalidOperationException($"Token {token} of the text is not allowed.");
            }

            constraint.Accept(token);
        }

        return (masks, allows.Average());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AskMany(ITokenConstraint constraint, int begin, int size)
    {
        var allowed = 0;
        for (var i = 0; i < 1000; i++)
        {
            allowed += constraint.Allows((begin + (i * 199)) % size) ? 1 : 0;
        }

        return allowed;
    }

    /// <summary>The longest pieces from left to right: some way to write the text, not the tokenizer's.</summary>
    private static List<int> Split(string text, PieceTable pieces)
    {
        var known = new Dictionary<string, int>();
        for (var token = 0; token < pieces.Count; token++)
        {
            known.TryAdd(Convert.ToHexString(pieces[token]), token);
        }

        var (bytes, tokens) = (Encoding.UTF8.GetBytes(text), new List<int>());
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(32, bytes.Length - at);
            while (!known.ContainsKey(Convert.ToHexString(bytes.AsSpan(at, length))))
            {
                length--;
            }

            tokens.Add(known[Convert.ToHexString(bytes.AsSpan(at, length))]);
            at += length;
        }

        return tokens;
    }

    private static double Milliseconds(Action action)
    {
        var begin = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
