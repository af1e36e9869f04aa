using System.Text;
using CsCheck;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.BytePair;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Chat.Families;

namespace EdgeBox.Worker.Tests.BytePair;

/// <summary>The box's own tokenizer makes the tokens that the engine's makes.</summary>
[Collection(Sessions.EngineCollection.Name)]
public sealed class BytePairTokenizerTests(References references, Sessions.ModelFiles models) : IClassFixture<References>
{
    /// <summary>A vocabulary of the engine's, or the pieces of o200k with the rules of another.</summary>
    public static TheoryData<string> Vocabularies => ["o200k gpt-4o", "o200k tekken", "o200k llama-bpe", "o200k glm4", "o200k qwen35", "llama-bpe", "qwen2", "qwen35"];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Tokenize_AnyText_IsWhatTheEngineMakes(string name)
    {
        var (vocabulary, tokenizer) = Open(name);
        Texts.Any.Sample(
            text => Assert.Equal(Engine(vocabulary, text), Own(tokenizer, text)),
            iter: int.TryParse(Environment.GetEnvironmentVariable("CsCheck_Iter"), out var many) ? many : 400,
            threads: 1,
            print: text => string.Join(' ', text.Select(c => $"{(int)c:X4}")));
    }

    [Theory]
    [InlineData("o200k gpt-4o")]
    [InlineData("llama-bpe")]
    [InlineData("qwen35")]
    public void Tokenize_EveryCodePoint_IsWhatTheEngineMakes(string name)
    {
        // In each text the character stands where a letter, a mark, a number, a space and anything else cut it differently.
        const int Together = 64;
        var (vocabulary, tokenizer) = Open(name);
        var last = Environment.GetEnvironmentVariable("CsCheck_Iter") is null ? 0x32000 : 0x110000;
        var text = new StringBuilder();
        for (var value = 0; value < last; value += Together)
        {
            text.Clear();
            foreach (var character in Enumerable.Range(value, Together).Select(Texts.Written))
            {
                text.Append('x').Append(character).Append("Y.").Append(character).Append(character).Append("12").Append(character).Append(" \u0301").Append(character).Append('\n');
            }

            Assert.Equal(Engine(vocabulary, text.ToString()), Own(tokenizer, text.ToString()));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("的")]
    [InlineData("ကျ")]
    public void Tokenize_WordAsLongAsARequest_IsWhatTheEngineMakesInTimeThatItsLengthTakes(string part)
    {
        var (vocabulary, tokenizer) = Open("qwen2");
        var word = string.Concat(Enumerable.Repeat(part, 30_000));
        Assert.Equal(Engine(vocabulary, word), Own(tokenizer, word));

        // Were the time that it takes to grow with the square of its length, this would take hours.
        var longer = string.Concat(Enumerable.Repeat(part, 1_000_000));
        Assert.Equal(longer, Written(vocabulary, Own(tokenizer, longer)));
    }

    [Theory]
    [InlineData("deepseek-llm")]
    [InlineData("gemma-4")]
    public void Of_RulesThatAreNotKnown_IsNone(string name)
    {
        References.Need();
        Assert.Null(BytePairTokenizer.Of(references.Vocabulary(name), _ => false));
    }

    [Theory]
    [InlineData("h e", "the x")]
    [InlineData("h e", "x the")]
    [InlineData("h e", "x y")]
    public void Of_MergeOfWhatIsNoToken_IsNone(params string[] merges)
    {
        var file = Small("qwen2", merges);
        Assert.Null(BytePairTokenizer.Of(references.Open(file), _ => false));
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama-bpe")]
    public void Tokenize_WordThatIsASign_IsMadeOfOtherTokens(string pre)
    {
        var vocabulary = references.Open(Small(pre, "h e"));
        var free = BytePairTokenizer.Of(vocabulary, _ => false);
        var bound = BytePairTokenizer.Of(vocabulary, token => vocabulary.RawText(token) == "he");
        Assert.Equal(["he"], Own(free!, "he").Select(vocabulary.RawText));
        Assert.Equal(["h", "e"], Own(bound!, "he").Select(vocabulary.RawText));
    }

    [Fact]
    public void Of_ByteWithoutToken_IsNone()
    {
        var vocabulary = references.Open(Small("qwen2", "h e"));
        Assert.Null(BytePairTokenizer.Of(vocabulary, token => vocabulary.RawText(token) == "q"));
    }

    private string Small(string pre, params string[] merges) => models.File($"merges-{pre}-{string.Join('-', merges).Replace(' ', '_')}.gguf", path =>
    {
        var writer = new GgufWriter().SetString("general.architecture", "llama");
        ByteLevelTokens.With(["<s>", "</s>"], 400).WriteTo(writer, pre);
        writer.SetStringArray("tokenizer.ggml.merges", merges).WriteFile(path);
    });

    private (Vocabulary Vocabulary, BytePairTokenizer Tokenizer) Open(string name)
    {
        Vocabulary vocabulary;
        if (name.StartsWith("o200k ", StringComparison.Ordinal))
        {
            var pre = name[6..];
            vocabulary = references.Open(models.File($"o200k-{pre}.gguf", path => O200k.WriteTo(new GgufWriter().SetString("general.architecture", "llama"), pre).WriteFile(path)));
        }
        else
        {
            References.Need();
            vocabulary = references.Vocabulary(name);
        }

        var signs = new SpecialTexts(vocabulary);
        Assert.True(signs.AreWhatIsParsed);
        var tokenizer = BytePairTokenizer.Of(vocabulary, signs.Contains);
        Assert.NotNull(tokenizer);
        return (vocabulary, tokenizer);
    }

    private static int[] Engine(Vocabulary vocabulary, string text) => vocabulary.Tokenize(Encoding.UTF8.GetBytes(text), addSpecial: false, parseSpecial: false);

    private static List<int> Own(BytePairTokenizer tokenizer, string text)
    {
        var tokens = new List<int>();
        tokenizer.Tokenize(text, tokens);
        return tokens;
    }

    private static string Written(Vocabulary vocabulary, List<int> tokens)
    {
        var (bytes, piece) = (new List<byte>(), new byte[512]);
        foreach (var token in tokens)
        {
            bytes.AddRange(vocabulary.Piece(token, ref piece, special: false));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
