using System.Buffers;

namespace EdgeBox.Cli.Terminal;

/// <summary>Makes text that came from a model, a file or the box safe to show on a terminal.</summary>
internal static class TerminalText
{
    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c), .. Enumerable.Range(0x7f, 0x21).Select(c => (char)c)]);

    private static readonly SearchValues<char> s_controlsButLayout = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c).Where(c => c is not '\n' and not '\t'),
        .. Enumerable.Range(0x7f, 0x21).Select(c => (char)c)]);

    /// <summary>
    /// Keeps line feeds and tabs, drops carriage returns, and turns every other C0 or C1 control character into a visible mark:
    /// an escape sequence loses its escape and is shown as text.
    /// </summary>
    public static string Clean(string text)
        => text.AsSpan().IndexOfAny(s_controlsButLayout) < 0 ? text : Replace(text, keepLayout: true);

    /// <summary>As <see cref="Clean"/>, for a table cell or a sentence: line feeds and tabs become spaces too.</summary>
    public static string Line(string text)
        => text.AsSpan().IndexOfAny(s_controls) < 0 ? text : Replace(text, keepLayout: false);

    /// <summary>As <see cref="Line"/>, of at most so many visible characters; what was cut off is shown by an ellipsis.</summary>
    public static string Shortened(string text, int length)
    {
        var clusters = new System.Globalization.StringInfo(Line(text));
        return clusters.LengthInTextElements <= length ? clusters.String : clusters.SubstringByTextElements(0, length - 1) + "…";
    }

    private static string Replace(string text, bool keepLayout)
    {
        var result = new System.Text.StringBuilder(text.Length);
        foreach (var c in text)
        {
            switch (c)
            {
                case '\r':
                    break;
                case '\n' or '\t':
                    result.Append(keepLayout ? c : ' ');
                    break;
                case < ' ':
                    result.Append((char)('\u2400' + c));
                    break;
                case '\u007f':
                    result.Append('\u2421');
                    break;
                case > '\u007f' and <= '\u009f':
                    result.Append('\ufffd');
                    break;
                default:
                    result.Append(c);
                    break;
            }
        }
        return result.ToString();
    }
}
