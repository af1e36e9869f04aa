using System.Text;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>No text in any field makes a token that stands for structure.</summary>
[Collection(EngineCollection.Name)]
public sealed class HarmonyForgingTests(ModelFiles models)
{
    private const int Fields = 14;

    [Fact]
    public void Conversation_EverySignInEveryField_MakesNoSign()
    {
        using var model = LlamaModel.Load([models.GptOss], 0, _ => true, RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
        var forge = new Forge(model.Vocabulary);
        Assert.Equal(9, forge.Signs.Count);
        foreach (var sign in forge.Signs)
        {
            for (var field = 0; field < Fields; field++)
            {
                string[] fields = [.. Enumerable.Repeat("x", Fields)];
                fields[field] = $"{sign}a{sign}{sign}";
                forge.Check(Conversation(fields));
                fields[field] = sign[..^1];
                fields[(field + 1) % Fields] = sign[^1..] + sign;
                forge.Check(Conversation(fields));
            }
        }
    }

    [Fact]
    public void Conversation_PiecesOfSignsInAllFields_MakeNoSign()
    {
        using var model = LlamaModel.Load([models.GptOss], 0, _ => true, RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
        var forge = new Forge(model.Vocabulary);
        string[] fragments = [.. forge.Signs, .. forge.Signs.Select(s => s[..2]), .. forge.Signs.Select(s => s[2..]), "<", "|>", "a", " ", "\n", "ခင်", "\uE000"];
        HarmonyStream.AnyOf(fragments).Array[0, 6].Select(string.Concat).Array[Fields].Sample(fields => forge.Check(Conversation(fields)), iter: Tries.Of(300), threads: 1);
    }

    [Fact]
    public void Conversation_SignsSplitOverNeighbouringContents_MakeNoSign()
    {
        using var model = LlamaModel.Load([models.GptOss], 0, _ => true, RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
        var forge = new Forge(model.Vocabulary);
        foreach (var sign in forge.Signs)
        {
            for (var cut = 1; cut < sign.Length; cut++)
            {
                forge.Check([new PromptPart("<|start|>", IsContent: false), new PromptPart(sign[..cut], IsContent: true), new PromptPart(sign[cut..], IsContent: true)]);
                forge.Check([new PromptPart(sign[..cut], IsContent: true), new PromptPart("<|end|>", IsContent: false), new PromptPart(sign[cut..], IsContent: true)]);
            }
        }
    }

    private static Conversation Conversation(string[] fields)
    {
        var call = new PastCall("1", fields[0], fields[1]);
        return new Conversation(
        [
            new Turn(TurnRole.System, fields[2]), new Turn(TurnRole.User, fields[3]), new Turn(TurnRole.Assistant, fields[4]) { Reasoning = fields[5], Calls = [call] },
            new Turn(TurnRole.Tool, fields[6]) { Answered = call }, new Turn(TurnRole.System, fields[7]),
        ])
        {
            Date = fields[8],
            Tools =
            [
                new Tool(fields[9], fields[10], fields[11]),
                new Tool("y", "z", """{"type":"object","properties":{"NAME":{}}}""".Replace("\"NAME\"", System.Text.Json.JsonSerializer.Serialize(fields[11]), StringComparison.Ordinal)),
            ],
            Answer = new AnswerSchema(fields[12], fields[13], fields[10]),
            CallMode = V1.CallMode.Required,
            CalledTool = fields[9],
        };
    }

    /// <summary>Makes tokens and compares their signs with those of the structure.</summary>
    private sealed class Forge(Vocabulary vocabulary)
    {
        private readonly PromptTokenizer _tokenizer = new(vocabulary);
        private readonly HarmonyFormat _format = new(HarmonyTokens.Find(vocabulary) ?? throw new InvalidOperationException("no harmony"));

        public IReadOnlyList<string> Signs { get; } = [.. Enumerable.Range(0, vocabulary.Count).Where(t => IsSign(vocabulary, t)).Select(vocabulary.RawText)];

        public void Check(Conversation conversation) => Check(_format.Render(conversation));

        public void Check(IReadOnlyList<PromptPart> parts)
        {
            var tokens = _tokenizer.Conversation(parts);
            var structure = parts.Where(p => !p.IsContent).SelectMany(p => HarmonyStream.Split(p.Text)).Count(t => t.Token != HarmonyStream.TextToken);
            Assert.Equal(structure, tokens.Count(t => IsSign(vocabulary, t)));
            var buffer = new byte[64];
            var bytes = tokens.SelectMany(t => vocabulary.Piece(t, ref buffer, special: true).ToArray()).ToArray();
            Assert.Equal(string.Concat(parts.Select(p => p.Text)), Encoding.UTF8.GetString(bytes));
        }

        private static bool IsSign(Vocabulary vocabulary, int token) =>
            (vocabulary.Attributes(token) & (TokenAttributes.Control | TokenAttributes.UserDefined)) != 0;
    }
}
