using System.Globalization;
using System.Text;

namespace EdgeBox.Worker.Constraints;

/// <summary>The text of a grammar and a place in it: reads names, numbers and characters, and says where something is wrong.</summary>
internal sealed class GrammarText(string text)
{
    private const string Escapes = """allowed are \n \r \t \\ \" \[ \] \- \xNN \uNNNN \UNNNNNNNN""";
    private const int LongestQuote = 40;

    public int Position { get; private set; }

    public bool AtEnd => Position == text.Length;

    /// <summary>The UTF-16 unit at the place; NUL at the end.</summary>
    public char Next => Position < text.Length ? text[Position] : '\0';

    public static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';

    /// <summary>A text as it stands in a message.</summary>
    public static string Quote(string name) => name.Length <= LongestQuote ? $"\"{name}\"" : $"\"{name[..LongestQuote]}...\"";

    public GrammarException Fail(string problem) => Fail(Position, problem);

    public GrammarException Fail(int position, string problem)
    {
        var before = text.AsSpan(0, position);
        var (line, start) = (1, 0);
        for (var i = 0; i < before.Length; i++)
        {
            // CR LF is one end of line.
            if (before[i] == '\n' || (before[i] == '\r' && !(i + 1 < text.Length && text[i + 1] == '\n')))
            {
                (line, start) = (line + 1, i + 1);
            }
        }

        var column = 1;
        foreach (var _ in before[start..].EnumerateRunes())
        {
            column++;
        }

        return new(line, column, problem);
    }

    public bool Take(char c)
    {
        if (AtEnd || Next != c)
        {
            return false;
        }

        Position++;
        return true;
    }

    public bool Take(string what)
    {
        if (!text.AsSpan(Position).StartsWith(what, StringComparison.Ordinal))
        {
            return false;
        }

        Position += what.Length;
        return true;
    }

    /// <summary>Whether the text goes on so.</summary>
    public bool Sees(string what) => text.AsSpan(Position).StartsWith(what, StringComparison.Ordinal);

    /// <summary>Passes over blanks, comments and, if they mean nothing here, ends of lines.</summary>
    public void SkipSpace(bool lines)
    {
        while (!AtEnd && (Next is ' ' or '\t' or '#' || (lines && Next is '\r' or '\n')))
        {
            if (Next != '#')
            {
                Position++;
                continue;
            }

            while (!AtEnd && Next is not ('\r' or '\n'))
            {
                Position++;
            }
        }
    }

    public string ReadName()
    {
        var start = Position;
        while (IsNameCharacter(Next))
        {
            Position++;
        }

        return Position > start
            ? text[start..Position]
            : throw Fail($"{Found()} where the name of a rule must stand: letters, digits and dashes");
    }

    /// <summary>A number of repetitions.</summary>
    public int ReadCount()
    {
        var start = Position;
        var count = 0;
        while (char.IsAsciiDigit(Next))
        {
            count = (count * 10) + (Next - '0');
            if (count > GrammarLimits.Repetitions)
            {
                throw Fail(start, $"more than {GrammarLimits.Repetitions} repetitions; that is the most");
            }

            Position++;
        }

        return Position > start ? count : throw Fail($"{Found()} where a number must stand; allowed are {{m}}, {{m,}} and {{m,n}}");
    }

    /// <summary>One character of a literal or class, written out or as an escape.</summary>
    public int ReadCharacter()
    {
        if (Next != '\\')
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(Position), out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                throw Fail("half a character (a lone surrogate)");
            }

            Position += length;
            return rune.Value;
        }

        var start = Position++;
        var kind = Next;
        if (AtEnd)
        {
            throw Fail(start, $"the text ends in an escape; {Escapes}");
        }

        Position++;
        return kind switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' or '"' or '[' or ']' or '-' => kind,
            'x' => ReadHex(start, 2),
            'u' => ReadHex(start, 4),
            'U' => ReadHex(start, 8),
            _ => throw Fail(start, $"unknown escape; {Escapes}"),
        };
    }

    /// <summary>What stands at the place, for a message.</summary>
    public string Found() => AtEnd
        ? "the text ends"
        : Next is '\r' or '\n' ? "the line ends"
        : Rune.DecodeFromUtf16(text.AsSpan(Position), out var rune, out _) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) ? $"'{rune}' stands"
        : "a control character stands";

    private int ReadHex(int start, int digits)
    {
        if (Position + digits > text.Length
            || !uint.TryParse(text.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw Fail(start, $"{digits} hexadecimal digits must follow; {Escapes}");
        }

        Position += digits;
        return value <= CharacterSet.Largest
            ? (int)value
            : throw Fail(start, "no such character; the last is \\U0010FFFF");
    }
}
