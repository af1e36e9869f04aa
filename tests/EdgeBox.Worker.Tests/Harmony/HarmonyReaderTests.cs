using System.Text;
using CsCheck;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Harmony answers, as the format has them and as models write them.</summary>
public sealed class HarmonyReaderTests
{
    private static readonly HarmonyTokens s_tokens = new(Start: 1, Channel: 2, Message: 3, End: 4, Return: 5, Call: 6, Constrain: 7);

    private static readonly Dictionary<string, int> s_signs = new()
    {
        ["<start>"] = 1, ["<channel>"] = 2, ["<message>"] = 3, ["<end>"] = 4, ["<return>"] = 5, ["<call>"] = 6, ["<constrain>"] = 7,
    };

    [Theory]
    [InlineData("<channel>|final|<message>|Hi| there|<return>", "", "Hi there")]
    [InlineData("<channel>|analysis|<message>|hm|<end>|<start>|assistant|<channel>|final|<message>|Yes|<return>", "hm", "Yes")]
    [InlineData("<channel>|commentary|<message>|I look.|<end>|<start>|assistant|<channel>|final|<message>|Done|<return>", "", "I look.Done")]
    [InlineData("Hello| world|<return>", "", "Hello world")]
    [InlineData("| to|=functions.x|<channel>|commentary| |<constrain>|json|<message>|{}|<call>", "", "{}")]
    [InlineData("<channel>|analysis|<message>|a|<start>|assistant|<channel>|final|<message>|b", "a", "b")]
    [InlineData("<channel>|commentary| to=assistant|<channel>|final|<message>|x|<return>", "", "x")]
    [InlineData("<channel>|some| analysis| words|<message>|deep|<end>", "deep", "")]
    [InlineData("<channel>|final| It is so|<return>", "", " It is so")]
    [InlineData("<channel>|analysis|<message>|only thought|<return>", "only thought", "")]
    [InlineData("<channel>|final|<message>|a|<end>|stray", "", "astray")]
    [InlineData("<channel>|unheard-of|<message>|text|<return>", "", "text")]
    [InlineData("<channel>|analysis|<channel>|final|<message>|x", "", "x")]
    public void Read_Answers_SplitIntoReasoningAndAnswer(string stream, string reasoning, string answer)
    {
        var sink = Read(stream.Split('|', StringSplitOptions.RemoveEmptyEntries), out _);
        Assert.Equal((reasoning, answer), (sink.Reasoning.ToString(), sink.Answer.ToString()));
    }

    [Fact]
    public void Read_HeaderWithoutEnd_BecomesText()
    {
        var words = Enumerable.Repeat(" word", 100).ToArray();
        var sink = Read(["<channel>", "analysis", .. words], out _);
        Assert.Equal(string.Concat(words), sink.Reasoning.ToString());
    }

    [Fact]
    public void Read_AnyMutation_LosesNoText()
    {
        string[] valid =
        [
            "<channel>", "analysis", "<message>", "think", "ing", "<end>", "<start>", "assistant", "<channel>", "commentary", " to=x", " ", "<constrain>",
            "json", "<message>", "call", "<call>", "<start>", "assistant", "<channel>", "final", "<message>", "the ", "end", "<return>",
        ];
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Int[0, 3], Gen.Int[0, valid.Length - 1]).Array[0, 12].Sample(edits =>
        {
            var tokens = valid.ToList();
            foreach (var (at, kind, other) in edits)
            {
                var (i, j) = (at % tokens.Count, other % tokens.Count);
                switch (kind)
                {
                    case 0 when tokens.Count > 1:
                        tokens.RemoveAt(i);
                        break;
                    case 1:
                        tokens.Insert(i, tokens[j]);
                        break;
                    default:
                        (tokens[i], tokens[j]) = (tokens[j], tokens[i]);
                        break;
                }
            }

            var sink = Read(tokens, out var header);
            var shown = Encoding.UTF8.GetByteCount(sink.Reasoning.ToString()) + Encoding.UTF8.GetByteCount(sink.Answer.ToString());
            var written = tokens.Where(t => !s_signs.ContainsKey(t)).Sum(t => t.Length);

            // A constrain sign may leave the space that keeps words apart.
            Assert.InRange(shown + header - written, 0, tokens.Count(t => t == "<constrain>"));
            Assert.DoesNotContain(s_signs.Keys, s => sink.Answer.ToString().Contains(s, StringComparison.Ordinal));
        });
    }

    private static Sink Read(IReadOnlyList<string> tokens, out long header)
    {
        var (reader, sink) = (new HarmonyReader(s_tokens), new Sink());
        foreach (var token in tokens)
        {
            var sign = s_signs.GetValueOrDefault(token);
            reader.Read(sign > 0 ? sign : 100, sign > 0 ? [] : Encoding.UTF8.GetBytes(token), sink);
        }

        reader.Finish(sink);
        header = reader.HeaderBytes;
        return sink;
    }

    private sealed class Sink : IAnswerSink
    {
        public StringBuilder Reasoning { get; } = new();

        public StringBuilder Answer { get; } = new();

        public void BeginCall(string tool)
        {
        }

        public void Arguments(ReadOnlySpan<byte> bytes) => Answer.Append(Encoding.UTF8.GetString(bytes));

        public void EndCall()
        {
        }

        public void Oddity(string name)
        {
        }

        public void Text(ReadOnlySpan<byte> bytes, TextKind kind) => (kind == TextKind.Reasoning ? Reasoning : Answer).Append(Encoding.UTF8.GetString(bytes));

        public void EndMessage()
        {
        }
    }
}
