using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Tests.Chat.Families;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>Which texts of a vocabulary are signs, and where they are found.</summary>
[Collection(EngineCollection.Name)]
public sealed class SpecialTextsTests(References references, ModelFiles models) : IClassFixture<References>
{
    private const int Control = 3;

    [Theory]
    [InlineData("", null)]
    [InlineData("a < |im|> <|im", null)]
    [InlineData("<|im|>", "0 1 6 <|im|>")]
    [InlineData("ab<|im|>+<|im|>", "2 1 7 <|im|>+")]
    [InlineData("<s<s></s>", "2 1 3 <s>")]
    [InlineData("x😀im😀<s>", "1 2 6 😀im😀")]
    public void Find_Text_TellsItsFirstAndLongestSign(string text, string? expected)
    {
        var vocabulary = references.Open(models.File("signs-found.gguf", file => ByteVocabulary.Write(file, "llama-bpe", changed => changed.Put(0, "😀im😀", Control))));
        Assert.Equal(expected, new SpecialTexts(vocabulary).Find(text) is { } sign ? $"{sign.Start} {sign.FirstLength} {sign.Length} {vocabulary.RawText(sign.Token)}" : null);
    }

    [Theory]
    [InlineData("<|x|>", Control, true, true)]
    [InlineData("<|x|>", ByteVocabulary.UserDefined, true, true)]
    [InlineData("<|x|>", 2, true, true)]
    [InlineData("a ", Control, true, true)]
    [InlineData("ж", Control, false, false)]
    [InlineData("😀", Control, false, false)]
    [InlineData("  ", Control, false, false)]
    [InlineData("\n\t", ByteVocabulary.UserDefined, false, false)]
    [InlineData("▁▁", ByteVocabulary.UserDefined, false, false)]
    [InlineData("<|x|>", 1, false, true)]
    public void Contains_TokenThatIsParsed_IsASignUnlessItIsSpaceOrOneCharacter(string text, int type, bool isSign, bool areWhatIsParsed)
    {
        var token = 0;
        var name = $"sign-{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text))}-{type}.gguf";
        var signs = new SpecialTexts(references.Open(models.File(name, file => ByteVocabulary.Write(file, "llama-bpe", changed => token = changed.Put(0, text, type)))));
        Assert.Equal(isSign, signs.Contains(token));
        Assert.Equal(isSign, signs.Find(text) is not null);
        Assert.Equal(areWhatIsParsed, signs.AreWhatIsParsed);
        Assert.True(signs.Contains(ByteVocabulary.Sign));
        Assert.False(signs.Contains(0));
    }

    [Fact]
    public void AreWhatIsParsed_WordThatEndsAnAnswer_IsASignThatIsNot()
    {
        var word = 0;
        var signs = new SpecialTexts(references.Open(models.File("sign-word.gguf", file =>
            ByteVocabulary.Write(file, "llama-bpe", changed => changed.Writer.SetUInt32("tokenizer.ggml.eos_token_id", (uint)(word = changed.Put(0, "Ġstop")))))));
        Assert.True(signs.Contains(word));
        Assert.False(signs.AreWhatIsParsed);
    }

    [Fact]
    public void AreWhatIsParsed_SignThatTakesTheSpacesBehindIt_TheyAreNot()
    {
        var signs = new SpecialTexts(references.Open(models.File("sign-strips.gguf", file =>
            ByteVocabulary.Write(file, "llama-bpe", changed => changed.StripsSpaces()))));
        Assert.True(signs.Contains(ByteVocabulary.Sign));
        Assert.False(signs.AreWhatIsParsed);
    }

    [Fact]
    public void Find_VocabularyWithoutSigns_FindsNone()
    {
        var signs = new SpecialTexts(references.Open(models.File("signs-none.gguf", file => ByteVocabulary.Write(file, "llama-bpe", changed =>
        {
            // The engine takes a token for a sign by its text alone, too.
            changed.Tokens[ByteVocabulary.End] = "Ġend";
            Array.Fill(changed.Types, 1);
            changed.Writer.SetUInt32("tokenizer.ggml.eos_token_id", 'x' - '!');
        }))));
        Assert.Null(signs.Find("<s> and </s>"));
    }
}
