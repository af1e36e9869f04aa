using System.Diagnostics;
using System.Text;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>What a conversation costs on its way to tokens, and an answer on its way from them, with as many tokens as gpt-oss has.</summary>
internal static class FormatFigures
{
    private const int Rounds = 15;
    private const int Vocabulary = 201_088;

    private static readonly HarmonyTokens s_real = new(
        Start: 200_006, Channel: 200_005, Message: 200_008, End: 200_007, Return: 200_002, Call: 200_012, Constrain: 200_003);

    private static readonly string[] s_tools = ["lookup", "search", "open", "close"];
    private static readonly string[] s_call = ["comment", "ary", " to", "=", "functions", ".", "lookup", " "];

    /// <summary>Microseconds a token, rendering and reading harmony.</summary>
    public static async IAsyncEnumerable<Figure> HarmonyAsync(string directory)
    {
        await Task.Yield();
        foreach (var figure in Rendering(directory))
        {
            yield return figure;
        }

        yield return Reading();
    }

    private static IEnumerable<Figure> Rendering(string directory)
    {
        var pack = RuntimePack.Open(Programs.Packs, TimeProvider.System);
        var path = Path.Combine(directory, BenchModel.ThinGptOss.File);
        O200k.WriteTo(BenchModel.ThinGptOss.Build(), "gpt-4o").WriteFile(path);
        using var model = LlamaModel.Load([path], 0, _ => true, pack.Log);
        var tokenizer = new PromptTokenizer(model.Vocabulary);
        var format = new HarmonyFormat(HarmonyTokens.Find(model.Vocabulary) ?? throw new InvalidOperationException("no harmony"));
        var conversation = Talk();
        var (costs, renders, count) = (new List<double>(), new List<double>(), 0);
        for (var round = -3; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            var parts = format.Render(conversation);
            var rendered = Stopwatch.GetTimestamp();
            count = tokenizer.Conversation(parts).Count;
            if (round >= 0)
            {
                costs.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds / count);
                renders.Add(Stopwatch.GetElapsedTime(begin, rendered).TotalMicroseconds / count);
            }
        }

        var cost = new Sample(costs);
        yield return Figure.AtMost("harmony: rendering, a token", 2, cost.Median, "µs",
            $"{count:N0} tokens of {Vocabulary:N0} and {format.Render(conversation).Sum(p => p.Text.Split("<|").Length)} texts between signs, the tokenizer within; {cost.Spread("µs")}");
        yield return Figure.Plain("harmony: rendering without the tokenizer, a token", new Sample(renders).Median, "µs", "the same conversation");
        foreach (var figure in TokenizerFigures.Measure(model.Vocabulary))
        {
            yield return figure;
        }
    }

    private static Figure Reading()
    {
        var pieces = RealVocabulary.Load();
        var conversation = Talk();
        var tokens = Answer(pieces);
        var costs = new List<double>();
        for (var round = -20; round < Rounds; round++)
        {
            var (reader, sink) = (new HarmonyReader(s_real, conversation), new Nobody());
            var begin = Stopwatch.GetTimestamp();
            foreach (var token in tokens)
            {
                reader.Read(token, pieces[token], sink);
                _ = reader.Place;
            }

            reader.Finish(sink);
            if (round >= 0)
            {
                costs.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds / tokens.Count);
            }
        }

        var cost = new Sample(costs);
        return Figure.AtMost("harmony: reading, a token", 2, cost.Median, "µs", $"{tokens.Count:N0} tokens, every tenth message a call; {cost.Spread("µs")}");
    }

    private static Conversation Talk()
    {
        const string Said = "The inner thing is another one, and the other one is in the inner thing. ";
        var turns = new List<Turn> { new(TurnRole.System, Said) };
        for (var i = 0; i < 20; i++)
        {
            var call = new PastCall($"{i}", "lookup", """{"name": "the inner thing", "most": 10}""");
            turns.Add(new Turn(TurnRole.User, Said));
            turns.Add(new Turn(TurnRole.Assistant, Said) { Reasoning = Said, Calls = [call] });
            turns.Add(new Turn(TurnRole.Tool, Said) { Answered = call });
            turns.Add(new Turn(TurnRole.Assistant, Said));
        }

        const string Parameters = """{"type":"object","properties":{"name":{"type":"string"},"most":{"type":"integer","default":10}},"required":["name"]}""";
        return new Conversation(turns) { Tools = [.. s_tools.Select(name => new Tool(name, Said, Parameters))] };
    }

    private static List<int> Answer(PieceTable pieces)
    {
        var known = new Dictionary<string, int>();
        for (var token = 0; token < pieces.Count; token++)
        {
            known.TryAdd(Encoding.Latin1.GetString(pieces[token]), token);
        }

        string[] text = ["The", " box", " answers", " every", " question", " that", " it", " can", " answer", "."];
        var tokens = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            tokens.AddRange(i % 10 == 9
                ? [s_real.Channel, .. s_call.Select(word => known[word]), s_real.Constrain, known["json"], s_real.Message]
                : [s_real.Channel, known["analysis"], s_real.Message]);
            for (var j = 0; j < 40; j++)
            {
                tokens.Add(known[text[j % text.Length]]);
            }

            tokens.AddRange([s_real.End, s_real.Start, known["assistant"]]);
        }

        return tokens;
    }

    private sealed class Nobody : IAnswerSink
    {
        private long _bytes;

        public void Text(ReadOnlySpan<byte> bytes, TextKind kind) => _bytes += bytes.Length;

        public void EndMessage() => _bytes++;

        public void BeginCall(string tool) => _bytes += tool.Length;

        public void Arguments(ReadOnlySpan<byte> bytes) => _bytes += bytes.Length;

        public void EndCall() => _bytes++;

        public void Oddity(string name) => throw new InvalidOperationException(name);
    }
}
