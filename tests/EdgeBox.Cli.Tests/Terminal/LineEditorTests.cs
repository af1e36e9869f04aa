using EdgeBox.Cli.Terminal;
using Xunit;

namespace EdgeBox.Cli.Tests.Terminal;

public class LineEditorTests
{
    [Theory]
    [InlineData("hello⏎", "hello")]
    [InlineData("helo←l⏎", "hello")]
    [InlineData("xhello⇱⌦⏎", "hello")]
    [InlineData("hellox⌫⏎", "hello")]
    [InlineData("one two⌃W⏎", "one ")]
    [InlineData("one two  ⌃W⏎", "one ")]
    [InlineData("junk⌃Uhello⏎", "hello")]
    [InlineData("hello junk←←←←←⌃K⏎", "hello")]
    [InlineData("ello⇱h⇲!⏎", "hello!")]
    [InlineData("first\\⏎second⏎", "first\nsecond")]
    [InlineData("junk⌃Chello⏎", "hello")]
    [InlineData("ab←⌃D⏎", "a")]
    public void Read_Keys_EditTheLine(string keys, string expected) => Assert.Equal(expected, Read(keys, lines: 1)[0]);

    [Theory]
    [InlineData("⌃D")]
    [InlineData("⌃C")]
    [InlineData("junk⌃C⌃C")]
    public void Read_LeavingKeyOnAnEmptyLine_IsNull(string keys) => Assert.Null(Read(keys, lines: 1)[0]);

    [Fact]
    public void Read_UpAndDown_BringBackEarlierLines()
        => Assert.Equal(["one", "two", "one!", "two"], Read("one⏎two⏎↑↑!⏎↑↑↑↓⏎", lines: 4));

    [Fact]
    public void Read_BackspaceOverBurmeseSyllable_RemovesWhatIsSeenAsOne()
        => Assert.Equal("မြ", Read("မြန်⌫⏎", lines: 1)[0]);

    [Fact]
    public void Read_LineLongerThanTheTerminal_IsKeptWholeAndDrawnInOneRow()
    {
        var text = new string('x', 200);
        var lines = Read(text + "⏎", lines: 1, out var drawn, width: 40);
        Assert.Equal(text, lines[0]);
        Assert.All(drawn.Split('\r'), part => Assert.True(part.Replace("\u001b[K", "", StringComparison.Ordinal).TrimEnd('\n').Length < 40, part));
    }

    private static List<string?> Read(string keys, int lines) => Read(keys, lines, out _);

    private static List<string?> Read(string keys, int lines, out string drawn, int width = 80)
    {
        var queue = new Queue<ConsoleKeyInfo>(Keys(keys));
        using var output = new StringWriter();
        using var shell = new Surroundings { Terminal = true, Width = width, ReadKey = queue.Dequeue }.Shell(output, output);
        var editor = new LineEditor(shell);
        var read = Enumerable.Range(0, lines).Select(_ => editor.Read("> ")).ToList();
        drawn = output.ToString();
        return read;
    }

    internal static IEnumerable<ConsoleKeyInfo> Keys(string keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            yield return keys[i] switch
            {
                '⏎' => Key(ConsoleKey.Enter, '\r'),
                '⌫' => Key(ConsoleKey.Backspace, '\b'),
                '⌦' => Key(ConsoleKey.Delete, '\0'),
                '←' => Key(ConsoleKey.LeftArrow, '\0'),
                '→' => Key(ConsoleKey.RightArrow, '\0'),
                '↑' => Key(ConsoleKey.UpArrow, '\0'),
                '↓' => Key(ConsoleKey.DownArrow, '\0'),
                '⇱' => Key(ConsoleKey.Home, '\0'),
                '⇲' => Key(ConsoleKey.End, '\0'),
                '⌃' => new ConsoleKeyInfo((char)(keys[++i] - '@'), Enum.Parse<ConsoleKey>(keys[i].ToString()), shift: false, alt: false, control: true),
                var c => Key(ConsoleKey.None, c),
            };
        }
    }

    private static ConsoleKeyInfo Key(ConsoleKey key, char c) => new(c, key, shift: false, alt: false, control: false);
}
