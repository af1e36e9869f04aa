using System.Text;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Valid streams with tokens deleted, repeated, exchanged and cut: nothing throws and all text is accounted for.</summary>
public sealed class HarmonyMutationTests
{
    private static readonly int s_mutations = Tries.Of(1_000_000);

    private static readonly (int Token, byte[] Piece)[][] s_valid =
    [
        [.. HarmonyStream.Split(
            "<|channel|>analysis<|message|>think·ing<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary"
            + " to=functions.search· <|constrain|>json<|message|>{\"a\"·:1}<|end|><|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>{}<|call|>")],
        [.. HarmonyStream.Split("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{\"x\":· \"y\"}<|return|>")],
        [.. HarmonyStream.Split(
            "<|start|>functions.search to=assistant<|channel|>commentary<|message|>warm<|end|>\n<|start|>assistant<|channel|>commentary to=python code<|message|>1·+1<|call|>")],
        [.. HarmonyStream.Split("Hello· to=you·, final· answer<|end|><|start|>user<|message|>more<|end|>")],
    ];

    private static readonly Conversation[] s_conversations =
    [
        HarmonyStream.With("search", "get_weather"), HarmonyStream.With(), HarmonyStream.With("search") with { CallMode = V1.CallMode.None },
        HarmonyStream.With("search") with { CallMode = V1.CallMode.Required, CalledTool = "search" }, new Conversation([]) { Effort = V1.Effort.Off },
    ];

    [Fact]
    public void Read_AMillionMutations_LoseNoText()
    {
        var tally = new Tally();
        var stream = new List<(int Token, byte[] Piece)>();
        var random = new Random(20_260_102);
        for (var i = 0; i < s_mutations; i++)
        {
            stream.Clear();
            stream.AddRange(s_valid[i % s_valid.Length]);
            for (var edits = random.Next(1, 13); edits > 0 && stream.Count > 0; edits--)
            {
                Mutate(stream, random.Next(6), random.Next(stream.Count), random.Next(stream.Count));
            }

            var reader = new HarmonyReader(HarmonyStream.Tokens, s_conversations[i % s_conversations.Length]);
            var given = 0L;
            tally.Reset();
            foreach (var (token, piece) in stream)
            {
                reader.Read(token, piece, tally);
                given += piece.Length;
            }

            reader.Finish(tally);
            if (tally.Bytes + reader.HeaderBytes != given || tally.IsOpen || (reader.HeaderBytes > 0 && given == 0))
            {
                Assert.Fail($"{tally.Bytes} bytes were told, {reader.HeaderBytes} were headers, {given} came: "
                    + string.Join('·', stream.Select(t => t.Token == HarmonyStream.TextToken ? Encoding.UTF8.GetString(t.Piece) : $"<{t.Token}>")));
            }
        }
    }

    [Fact]
    public void MayFollow_AnyMutation_NeverThrows() => Gen.Int[0, 1 << 20].Sample(seed =>
    {
        var random = new Random(seed);
        var stream = s_valid[seed % s_valid.Length].ToList();
        for (var edits = random.Next(1, 13); edits > 0 && stream.Count > 0; edits--)
        {
            Mutate(stream, random.Next(6), random.Next(stream.Count), random.Next(stream.Count));
        }

        var (reader, tally) = (new HarmonyReader(HarmonyStream.Tokens, s_conversations[seed % s_conversations.Length]), new Tally());
        foreach (var (token, piece) in stream)
        {
            reader.MayFollow(token, piece);
            reader.MayFollow(HarmonyStream.Tokens.Message, []);
            reader.MayFollow(HarmonyStream.Tokens.Constrain, []);
            reader.MayFollow(HarmonyStream.TextToken, "x"u8);
            reader.Read(token, piece, tally);
        }
    }, iter: Tries.Of(20_000));

    private static void Mutate(List<(int Token, byte[] Piece)> stream, int kind, int at, int other)
    {
        switch (kind)
        {
            case 0:
                stream.RemoveAt(at);
                break;
            case 1:
                stream.Insert(at, stream[other]);
                break;
            case 2:
                (stream[at], stream[other]) = (stream[other], stream[at]);
                break;
            case 3:
                stream.RemoveRange(at, Math.Min(3, stream.Count - at));
                break;
            case 4 when stream[at].Piece.Length > 1:
                stream[at] = (stream[at].Token, stream[at].Piece[..^1]);
                break;
            default:
                stream.Insert(at, (1 + (other % 7), []));
                break;
        }
    }

    private sealed class Tally : IAnswerSink
    {
        private bool _inCall;

        public long Bytes { get; private set; }

        public bool IsOpen => _inCall;

        public void Reset() => (Bytes, _inCall) = (0, false);

        public void Text(ReadOnlySpan<byte> bytes, TextKind kind) => Add(bytes, inCall: false);

        public void EndMessage() => Add([], inCall: false);

        public void BeginCall(string tool)
        {
            Add([], inCall: false);
            _inCall = true;
        }

        public void Arguments(ReadOnlySpan<byte> bytes) => Add(bytes, inCall: true);

        public void EndCall()
        {
            Add([], inCall: true);
            _inCall = false;
        }

        public void Oddity(string name) => ArgumentException.ThrowIfNullOrEmpty(name);

        private void Add(ReadOnlySpan<byte> bytes, bool inCall)
        {
            if (inCall != _inCall)
            {
                throw new InvalidOperationException("text and calls are told across each other");
            }

            Bytes += bytes.Length;
        }
    }
}
