using System.Text;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Chat.Families;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>Prompts as tokens, in vocabularies of each kind.</summary>
[Collection(EngineCollection.Name)]
public sealed class PromptTokenizerTests(References references, ModelFiles models) : IClassFixture<References>
{
    // Longer texts are given to the engine in pieces.
    private const int Stretch = 16 * 1024;
    private const int Size = 400;
    private const int Begin = Size - 3;
    private const int End = Size - 2;
    private const int Sign = Size - 1;

    [Theory]
    [InlineData("the inner thing\n")]
    [InlineData("the inner thing ")]
    [InlineData("\n\nthe")]
    public void Plain_TextOfSeveralPieces_HasTheTokensOfTheWhole(string words)
    {
        var vocabulary = BytePair();
        var text = string.Concat(Enumerable.Repeat(words, 3 * Stretch / words.Length));
        Assert.Equal(vocabulary.Tokenize(Encoding.UTF8.GetBytes(text), addSpecial: false, parseSpecial: false), new PromptTokenizer(vocabulary).Plain(text, addBos: false));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("😀")]
    [InlineData("a😀")]
    public void Plain_WordWithoutEnd_LosesNothing(string letters)
    {
        var vocabulary = BytePair();
        var text = string.Concat(Enumerable.Repeat(letters, 3 * Stretch / letters.Length));
        Assert.Equal(text, TextOf(vocabulary, new PromptTokenizer(vocabulary).Plain(text, addBos: false)));
    }

    [Fact]
    public void Conversation_SignWhereATextIsCut_IsOneAllTheSame()
    {
        var vocabulary = BytePair();
        var tokenizer = new PromptTokenizer(vocabulary);
        for (var length = Stretch - 8; length <= Stretch + 1; length++)
        {
            var text = new string('x', length);
            var tokens = tokenizer.Conversation([new PromptPart(text, IsContent: true), new PromptPart("<|im|>", IsContent: false), new PromptPart(text, IsContent: true)]);
            Assert.Single(tokens, Sign);
            Assert.Equal($"{text}<|im|>{text}", TextOf(vocabulary, tokens));
        }
    }

    [Theory]
    [InlineData("<|im|>")]
    [InlineData("\uE000<|im|>\uE000\uE001")]
    [InlineData("<<|im|>|im|>")]
    [InlineData("<s>é<|im|></s>")]
    public void Conversation_SignInAContent_IsItsText(string content)
    {
        var vocabulary = BytePair();
        var tokenizer = new PromptTokenizer(vocabulary);
        foreach (var parts in (PromptPart[][])
        [
            [new(content, IsContent: true)],
            [new("<|im|>é", IsContent: false), new(content, IsContent: true), new("<|im|>", IsContent: false)],
            [new(content, IsContent: true), new("<|im|>", IsContent: false), new(content, IsContent: true), new("é<|im|>\n<|im|>", IsContent: false), new(content, IsContent: true)],
        ])
        {
            var tokens = tokenizer.Conversation(parts);
            Assert.Equal(parts.Where(p => !p.IsContent).Sum(p => p.Text.Split("<|im|>").Length - 1), tokens.Count(t => t == Sign));
            Assert.DoesNotContain(tokens, token => token is Begin or End);
            Assert.Equal(string.Concat(parts.Select(p => p.Text)), TextOf(vocabulary, tokens));
        }
    }

    [Theory]
    [InlineData(false, false, "", "")]
    [InlineData(true, false, "<s>", "")]
    [InlineData(false, true, "", "</s>")]
    [InlineData(true, true, "<s>", "</s>")]
    public void PlainAndWhole_TokensOfTheModelAtTheEnds_AreThoseThatItWants(bool addsBegin, bool addsEnd, string before, string behind)
    {
        var vocabulary = BytePair(addsBegin, addsEnd);
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal(before + "a </s>" + behind, TextOf(vocabulary, tokenizer.Whole("a </s>")));
        Assert.Equal(before + "a", TextOf(vocabulary, tokenizer.Plain("a", addBos: true)));
        Assert.Equal("a", TextOf(vocabulary, tokenizer.Plain("a", addBos: false)));
        Assert.Equal(before, TextOf(vocabulary, tokenizer.Plain("", addBos: true)));
        Assert.Equal(before + behind, TextOf(vocabulary, tokenizer.Whole("")));
    }

    [Fact]
    public void Conversation_ModelThatWantsABeginning_HasItOnce()
    {
        var vocabulary = BytePair(addsBegin: true);
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal([Begin], tokenizer.Conversation([]));
        Assert.Equal([Begin, Sign], tokenizer.Conversation([new PromptPart("<|im|>", IsContent: false)]));
        Assert.Equal([Begin, Sign], tokenizer.Conversation([new PromptPart("<s><|im|>", IsContent: false)]));
        Assert.Equal([Sign], tokenizer.Template([new PromptPart("<|im|>", IsContent: false)]));
        Assert.Equal("<s><s>", TextOf(vocabulary, tokenizer.Conversation([new PromptPart("<s>", IsContent: true)])));
    }

    [Fact]
    public void Conversation_SentencePiece_HasASpaceBeforeTheFirstTextOnlyAndNoSignsOfContents()
    {
        using var direct = new Direct(models.File("llama-spm.gguf", p => TinyModels.Of("llama-spm").WriteFile(p)));
        const int A = 260, SpaceA = 261;
        int Byte(char c) => 3 + c;
        Assert.Equal([1, SpaceA], direct.Tokenizer.Conversation([new PromptPart("a", IsContent: true)]));
        Assert.Equal(
            [1, A, 2, A, Byte('\n'), A],
            direct.Tokenizer.Conversation(
            [
                new PromptPart("<s>", IsContent: false), new PromptPart("a", IsContent: true), new PromptPart("</s>", IsContent: false), new PromptPart("a", IsContent: true),
                new PromptPart("\na", IsContent: true),
            ]));
        Assert.Equal(
            [1, SpaceA, Byte('<'), Byte('/'), Byte('s'), Byte('>'), A, Byte('<'), Byte('s'), Byte('>')],
            direct.Tokenizer.Plain("a</s>a<s>", addBos: true));
        Assert.Equal([1, SpaceA], direct.Tokenizer.Whole("a"));
    }

    private static string TextOf(Vocabulary vocabulary, IEnumerable<int> tokens)
    {
        var buffer = new byte[64];
        return Encoding.UTF8.GetString([.. tokens.SelectMany(token => buffer[..vocabulary.Piece(token, buffer, special: true)])]);
    }

    private Vocabulary BytePair(bool addsBegin = false, bool addsEnd = false) => references.Open(models.File($"bytes-{addsBegin}-{addsEnd}.gguf", file =>
    {
        var writer = new GgufWriter().SetString("general.architecture", "llama");
        ByteLevelTokens.With(["<s>", "</s>", "<|im|>"], Size).WriteTo(writer, "llama-bpe");
        writer.SetUInt32("tokenizer.ggml.bos_token_id", Begin).SetUInt32("tokenizer.ggml.eos_token_id", End)
            .SetBool("tokenizer.ggml.add_bos_token", addsBegin).SetBool("tokenizer.ggml.add_eos_token", addsEnd);
        writer.WriteFile(file);
    }));
}
