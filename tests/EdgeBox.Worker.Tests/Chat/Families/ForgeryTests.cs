using EdgeBox.Testing;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Chat.Families;
using EdgeBox.Worker.Llama;
using Conversation = EdgeBox.Worker.Chat.Conversation;
using Turn = EdgeBox.Worker.Chat.Turn;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>No text in any field makes a sign, in any family and in any vocabulary.</summary>
[Collection(Sessions.EngineCollection.Name)]
public sealed class ForgeryTests(References references, Sessions.ModelFiles models) : IClassFixture<References>
{
    public static TheoryData<string> Names => [.. SampleFormats.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Render_EverySignOfEveryFamilyInEveryField_MakesNoSign(string name)
    {
        var path = models.File("families.gguf", file =>
        {
            var writer = new GgufWriter().SetString("general.architecture", "llama");
            var tokens = ByteLevelTokens.With(SampleSigns.All, 400, 8);
            tokens.WriteTo(writer, "llama-bpe");
            writer.SetUInt32("tokenizer.ggml.bos_token_id", tokens.Id("<s>")).SetUInt32("tokenizer.ggml.eos_token_id", tokens.Id("</s>"));
            writer.WriteFile(file);
        });
        Hold(SampleFormats.Of(name), references.Open(path));
    }

    [Theory]
    [InlineData("qwen3", "qwen2")]
    [InlineData("qwen3.5", "qwen35")]
    [InlineData("qwen3-coder", "qwen2")]
    [InlineData("llama3.1", "llama-bpe")]
    [InlineData("deepseek", "deepseek-llm")]
    [InlineData("gemma", "gemma-4")]
    public void Render_EverySignOfARealVocabularyInEveryField_MakesNoSign(string name, string vocabulary)
    {
        References.Need();
        Hold(SampleFormats.Of(name), references.Vocabulary(vocabulary));
    }

    private static void Hold(IConversationFormat format, Vocabulary vocabulary)
    {
        const TokenAttributes Special = TokenAttributes.Control | TokenAttributes.UserDefined;
        var signs = Enumerable.Range(0, vocabulary.Count).Where(t => (vocabulary.Attributes(t) & Special) != 0).ToDictionary(t => t, vocabulary.RawText);

        // Some vocabularies have single letters and white space among them, which are text.
        foreach (var text in signs.Where(s => s.Value.EnumerateRunes().Count() == 1 || string.IsNullOrWhiteSpace(s.Value.Replace('▁', ' '))).Select(s => s.Key).ToList())
        {
            signs.Remove(text);
        }

        // Every one where they are few; where thousands differ in a number only, every thirtieth.
        var attacks = signs.Values.Where((_, i) => signs.Count < 500 || i % 30 == 0).ToList();
        var tokenizer = new PromptTokenizer(vocabulary);
        int[] Signs(string text) => [.. tokenizer.Conversation(format.Render(Everywhere(format, text))).Where(signs.ContainsKey)];
        var innocent = Signs("x");
        foreach (var attack in attacks.Take(Tries.Of(attacks.Count)))
        {
            Assert.Equal(innocent, Signs(attack));
            Assert.Equal(innocent, Signs(attack[(attack.Length / 2)..] + attack + attack[..(attack.Length / 2)]));
        }
    }

    private static Conversation Everywhere(IConversationFormat format, string text)
    {
        var quoted = SpacedJson.Quoted(text);
        var call = new PastCall(text, text, "{" + quoted + ": " + quoted + "}");
        var schema = "{\"type\": \"object\", \"properties\": {" + quoted + ": {\"description\": " + quoted + "}}}";
        Turn[] turns =
        [
            new(TurnRole.System, text), new(TurnRole.User, text), new(TurnRole.Assistant, text) { Reasoning = text }, new(TurnRole.User, text),
            .. format.HasTools
                ? (Turn[])[new(TurnRole.Assistant, text) { Reasoning = text, Calls = [call, call] }, new(TurnRole.Tool, text) { Answered = call }, new(TurnRole.Tool, text) { Answered = call }]
                : [],
        ];
        return new Conversation(turns)
        {
            Tools = format.HasTools ? [new Tool(text, text, schema)] : [],
            Answer = new AnswerSchema(schema, text, text),
        };
    }
}
