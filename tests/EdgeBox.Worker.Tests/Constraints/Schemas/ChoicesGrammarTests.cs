using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Lists of texts of which the answer must be one.</summary>
public sealed class ChoicesGrammarTests
{
    [Fact]
    public void Compile_Texts_MatchesExactlyThem()
    {
        string[] texts = ["yes", "yesterday", "no", "", "a \"b\" \\ \n\t]-^", "မြန်မာ", "😀", "no"];
        var match = new GrammarMatch(ChoicesGrammar.Compile(texts));
        Assert.All(texts, text => Assert.True(match.Accepts(text), text));
        Assert.All(["y", "yester", "nono", "No", " yes", "😁"], text => Assert.False(match.Accepts(text), text));
    }

    [Fact]
    public void Compile_NoneOrTooMany_IsRefused()
    {
        Assert.Equal("choices: there are 0; 1 to 10000 are allowed", Assert.Throws<GrammarException>(() => ChoicesGrammar.Compile([])).Message);
        Assert.Equal("choices: there are 10001; 1 to 10000 are allowed", Assert.Throws<GrammarException>(() => ChoicesGrammar.Compile(new string[10_001])).Message);
    }

    [Fact]
    public void Compile_CharacterThatCannotBeWritten_IsRefused() => Assert.All(["a\0", "\ud800", "\udc00b"], text => Assert.Equal(
        "choices/1: a character that cannot be written: U+0000 and lone surrogates cannot",
        Assert.Throws<GrammarException>(() => ChoicesGrammar.Compile(["a", text])).Message));
}
