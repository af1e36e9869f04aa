using System.Globalization;
using System.Text;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>The text of a regular expression and a place in it: reads characters, escapes and classes.</summary>
internal sealed class RegexText(string pattern)
{
    private static readonly CharacterRange[] s_digits = [new('0', '9')];
    private static readonly CharacterRange[] s_words = [new('0', '9'), new('A', 'Z'), new('_', '_'), new('a', 'z')];

    private static readonly CharacterRange[] s_spaces =
    [
        new('\t', '\r'), new(' ', ' '), new(0xA0, 0xA0), new(0x1680, 0x1680), new(0x2000, 0x200A), new(0x2028, 0x2029), new(0x202F, 0x202F),
        new(0x205F, 0x205F), new(0x3000, 0x3000), new(0xFEFF, 0xFEFF),
    ];

    public int Position { get; private set; }

    public bool AtEnd => Position == pattern.Length;

    /// <summary>The UTF-16 unit at the place; NUL at the end.</summary>
    public char Next => AtEnd ? '\0' : pattern[Position];

    public GrammarException Fail(string problem, int? at = null) =>
        new(string.Create(CultureInfo.InvariantCulture, $"regular expression, character {(at ?? Position) + 1}: {problem}"));

    public bool Take(string what)
    {
        if (!pattern.AsSpan(Position).StartsWith(what, StringComparison.Ordinal))
        {
            return false;
        }

        Position += what.Length;
        return true;
    }

    /// <summary>A number of digits; null if there is none.</summary>
    public int? ReadCount()
    {
        var begin = Position;
        var count = 0;
        while (char.IsAsciiDigit(Next))
        {
            count = Math.Min((count * 10) + (Next - '0'), GrammarLimits.Repetitions + 1);
            Position++;
        }

        return Position == begin ? null
            : count <= GrammarLimits.Repetitions ? count
            : throw Fail($"more than {GrammarLimits.Repetitions} repetitions; that is the most", begin);
    }

    /// <summary>Goes back to a place.</summary>
    public void Return(int position) => Position = position;

    /// <summary>One character that stands for itself.</summary>
    public int ReadCharacter()
    {
        if (Rune.DecodeFromUtf16(pattern.AsSpan(Position), out var rune, out var length) != System.Buffers.OperationStatus.Done)
        {
            throw Fail("half a character (a lone surrogate)");
        }

        Position += length;
        return rune.Value;
    }

    /// <summary>What an escape behind the backslash stands for.</summary>
    public CharacterRange[] ReadEscape(bool inClass)
    {
        var begin = Position - 1;
        if (AtEnd)
        {
            throw Fail("the text ends in an escape", begin);
        }

        switch (Next)
        {
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S':
                return ReadKind();
            case 'p' or 'P':
                return ReadProperty(begin);
            case 'b' when inClass:
                Position++;
                return One('\b');
            case 'b' or 'B':
                throw Fail($"\"\\{Next}\" (word boundary) is not supported", begin);
            case >= '1' and <= '9' or 'k':
                throw Fail($"\"\\{Next}\" (back reference) is not supported", begin);
            default:
                return One(ReadOne(begin));
        }
    }

    private CharacterRange[] ReadKind()
    {
        var kind = pattern[Position++];
        var set = char.ToLowerInvariant(kind) switch
        {
            'd' => s_digits,
            'w' => s_words,
            _ => s_spaces,
        };
        return char.IsUpper(kind) ? [.. CodePoints.Complement(set)] : set;
    }

    private CharacterRange[] ReadProperty(int begin)
    {
        var negated = pattern[Position++] == 'P';
        var end = Next == '{' ? pattern.IndexOf('}', Position) : -1;
        if (end < 0)
        {
            throw Fail("\"{...}\" must follow \\p", begin);
        }

        var name = pattern[(Position + 1)..end];
        Position = end + 1;
        var set = UnicodeCategories.Find(name) ?? throw Fail(
            $"the property {GrammarText.Quote(name)} is not supported; general categories are, such as \\p{{L}} and \\p{{Lu}}", begin);
        return negated ? [.. CodePoints.Complement(set)] : set;
    }

    private int ReadOne(int begin)
    {
        var kind = pattern[Position];
        if (!char.IsAsciiLetterOrDigit(kind))
        {
            return ReadCharacter();
        }

        Position++;
        switch (kind)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'r':
                return '\r';
            case '0' when !char.IsAsciiDigit(Next):
                return 0;
            case 'c' when char.IsAsciiLetter(Next):
                return pattern[Position++] % 32;
            case 'x':
                return ReadHex(begin, 2);
            case 'u':
                return ReadUnicode(begin);
            default:
                throw Fail($"unknown escape \"\\{kind}\"", begin);
        }
    }

    private int ReadUnicode(int begin)
    {
        if (Take("{"))
        {
            var end = pattern.IndexOf('}', Position);
            var value = end > Position && end - Position <= 6 ? ReadHex(begin, end - Position) : -1;
            return value is >= 0 and <= CharacterSet.Largest && Take("}") ? Whole(value, begin) : throw Fail("no character in \\u{...}", begin);
        }

        var unit = ReadHex(begin, 4);
        if (unit is >= 0xD800 and <= 0xDBFF && Take("\\u"))
        {
            var low = ReadHex(begin, 4);
            return low is >= 0xDC00 and <= 0xDFFF ? char.ConvertToUtf32((char)unit, (char)low) : throw Fail("half a character (a lone surrogate)", begin);
        }

        return Whole(unit, begin);
    }

    private int Whole(int value, int begin) => Rune.IsValid(value) ? value : throw Fail("half a character (a lone surrogate)", begin);

    private int ReadHex(int begin, int digits)
    {
        if (Position + digits > pattern.Length
            || !uint.TryParse(pattern.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw Fail("hexadecimal digits must follow", begin);
        }

        Position += digits;
        return (int)value;
    }

    private static CharacterRange[] One(int character) => [new(character, character)];
}
