using System.Text;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>The text of a template, and what is looked for in it.</summary>
/// <remarks>Templates are told apart by what they say. None is run: they are programs, and come from wherever the file comes from.</remarks>
internal sealed class TemplateText
{
    /// <summary>Longer templates are not looked at; the longest that is known has 17,000 characters.</summary>
    public const int Longest = 256 * 1024;

    private readonly string _text;
    private readonly Lazy<string> _plain;

    public TemplateText(string text)
    {
        _text = text;
        _plain = new Lazy<string>(() => Plain(text));
    }

    /// <summary>Whether all of some texts stand in it.</summary>
    public bool Has(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (!_text.Contains(text, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether one of some texts stands in it.</summary>
    public bool HasAny(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (_text.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a piece of it stands there, whichever quotes, spaces and ways to name members its author likes.</summary>
    public bool HasPlainly(string piece) => _plain.Value.Contains(piece, StringComparison.Ordinal);

    /// <summary>What stands between two texts at their first place; null if it is not there, has other letters than those, or is too long.</summary>
    /// <param name="before">The text before it.</param>
    /// <param name="after">The text behind it.</param>
    /// <param name="without">What may not be in it.</param>
    public string? Between(string before, string after, string without)
    {
        const int Most = 8192;
        for (var from = 0; _text.IndexOf(before, from, StringComparison.Ordinal) is >= 0 and var at; from = at + before.Length)
        {
            var start = at + before.Length;
            var end = _text.IndexOf(after, start, StringComparison.Ordinal);
            if (end > start && end - start <= Most && _text.AsSpan(start, end - start).IndexOfAny(without) < 0)
            {
                return _text[start..end];
            }
        }

        return null;
    }

    /// <summary>A literal of Jinja without its quotes, as the text that it stands for.</summary>
    public static string Unescaped(string literal)
    {
        var text = new StringBuilder(literal.Length);
        for (var i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\' || i + 1 == literal.Length)
            {
                text.Append(literal[i]);
                continue;
            }

            var next = literal[++i];
            text.Append(next switch { 'n' => "\n", 't' => "\t", '\'' or '"' or '\\' => next.ToString(), _ => "\\" + next });
        }

        return text.ToString();
    }

    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // A newline within a literal is the sign \n; elsewhere none of them matters.
            var c = text[i];
            if (c == '\n')
            {
                plain.Append("\\n");
            }
            else if (c is not (' ' or '\t' or '\r'))
            {
                plain.Append(c == '"' ? '\'' : c);
            }
        }

        return plain.Replace(".role", "['role']").Replace(".content", "['content']").ToString();
    }
}
