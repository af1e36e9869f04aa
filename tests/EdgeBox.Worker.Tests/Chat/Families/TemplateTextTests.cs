using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>What is looked for in templates.</summary>
public sealed class TemplateTextTests
{
    [Fact]
    public void HasAndHasAny_SomeTexts_AreAllOrOne()
    {
        var text = new TemplateText("one two Three");
        Assert.True(text.Has("one", "two"));
        Assert.False(text.Has("one", "three"));
        Assert.True(text.HasAny("none", "two"));
        Assert.False(text.HasAny("none", "three"));
    }

    [Theory]
    [InlineData("""{{ "a" + message.role + 'b' }}""", "{{'a'+message['role']+'b'}}", true)]
    [InlineData("message . content", "message['content']", true)]
    [InlineData("message[\"content\"]", "message['content']", true)]
    [InlineData("'a\n'\t+\r'b'", @"'a\n'+'b'", true)]
    [InlineData("'a' + 'b'", "'a' + 'b'", false)]
    public void HasPlainly_QuotesSpacesAndMembersOfAnyKind_AreTheSame(string template, string piece, bool has) => Assert.Equal(has, new TemplateText(template).HasPlainly(piece));

    [Theory]
    [InlineData("say <x> now", "x")]
    [InlineData("<x><y>", "x")]
    [InlineData("<><y>", "y")]
    [InlineData("<x!><y>", "y")]
    [InlineData("<x", null)]
    [InlineData("x>", null)]
    [InlineData("<>", null)]
    [InlineData("<x!>", null)]
    public void Between_TwoTexts_IsWhatFirstStandsThereWithoutWhatMayNot(string template, string? between) => Assert.Equal(between, new TemplateText(template).Between("<", ">", "!"));

    [Theory]
    [InlineData(8192, true)]
    [InlineData(8193, false)]
    public void Between_LongText_IsNoneBeyondTheBound(int length, bool found) =>
        Assert.Equal(found, new TemplateText("<" + new string('x', length) + ">").Between("<", ">", "!") is not null);

    [Theory]
    [InlineData(@"a\nb\tc", "a\nb\tc")]
    [InlineData(@"\'\""\\", "'\"\\")]
    [InlineData(@"\x\", @"\x\")]
    [InlineData("", "")]
    public void Unescaped_Literal_IsTheTextThatItStandsFor(string literal, string text) => Assert.Equal(text, TemplateText.Unescaped(literal));
}
