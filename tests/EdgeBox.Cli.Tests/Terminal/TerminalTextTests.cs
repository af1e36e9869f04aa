using System.Text;
using CsCheck;
using EdgeBox.Cli.Terminal;
using Xunit;

namespace EdgeBox.Cli.Tests.Terminal;

public class TerminalTextTests
{
    // Controls are rare among all characters, so half of the samples are drawn from them.
    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Char[(char)0, (char)0x1f], Gen.Char[(char)0x7f, (char)0x9f], Gen.Char).Array[0, 60].Select(c => new string(c));

    [Fact]
    public void Clean_AnyText_HoldsNoControlButLineFeedAndTab()
        => s_text.Sample(text => TerminalText.Clean(text).All(c => !char.IsControl(c) || c is '\n' or '\t'), iter: 20_000);

    [Fact]
    public void Line_AnyText_HoldsNoControl()
        => s_text.Sample(text => !TerminalText.Line(text).Any(char.IsControl), iter: 20_000);

    [Fact]
    public void Clean_AnyText_KeepsEverythingElseInOrder()
        => s_text.Sample(text =>
        {
            var kept = TerminalText.Clean(text).Where(c => c is not (>= '\u2400' and <= '\u2421') and not '\ufffd');
            var expected = text.Where(c => (!char.IsControl(c) || c is '\n' or '\t') && c is not (>= '\u2400' and <= '\u2421') and not '\ufffd');
            return kept.SequenceEqual(expected);
        }, iter: 20_000);

    [Fact]
    public void Clean_AnyTextInAnyPieces_IsThatOfTheWhole()
        => Gen.Select(s_text, s_text).Sample((a, b) => TerminalText.Clean(a) + TerminalText.Clean(b) == TerminalText.Clean(a + b), iter: 20_000);

    [Theory]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "␛[2J␛]0;title␇")]
    [InlineData("\u009b31m", "\ufffd31m")]
    [InlineData("a\rb\r\nc", "ab\nc")]
    [InlineData("မြန်မာ བོད་ ئۇيغۇرچە 🦙", "မြန်မာ བོད་ ئۇيغۇرچە 🦙")]
    public void Clean_EscapeSequence_IsShownNotObeyed(string text, string expected) => Assert.Equal(expected, TerminalText.Clean(text));

    [Fact]
    public void Clean_PlainText_IsTheSameObject()
    {
        var text = new StringBuilder("plain\ttext\n").ToString();
        Assert.Same(text, TerminalText.Clean(text));
    }
}
