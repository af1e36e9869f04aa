using System.Globalization;
using System.Text;

namespace EdgeBox.Worker.BytePair;

/// <summary>Kinds of characters as the engine knows them.</summary>
/// <remarks>
/// The engine (src/unicode-data.cpp of v0.5.0) has the tables of Unicode 15; the runtime's are newer. They differ in what has been
/// assigned since, and in nothing else that matters here: a test asks the engine about every code point.
/// </remarks>
internal static class Characters
{
    // Letters, marks and numbers that the engine does not know yet; between the ends of each range it knows none.
    private static readonly (int First, int Last)[] s_newer =
    [
        (0x0897, 0x0897), (0x1C89, 0x1C8A), (0xA7CB, 0xA7CD), (0xA7DA, 0xA7DC), (0x105C0, 0x105F3), (0x10D40, 0x10D85), (0x10EC2, 0x10EC4),
        (0x10EFC, 0x10EFC), (0x11380, 0x113E2), (0x116D0, 0x116E3), (0x11BC0, 0x11BF9), (0x11F5A, 0x11F5A), (0x13460, 0x143FA), (0x16100, 0x16139),
        (0x16D40, 0x16D79), (0x18CFF, 0x18CFF), (0x1CCF0, 0x1CCF9), (0x1E5D0, 0x1E5FA),
    ];

    private static readonly CharacterKind[] s_plane = [.. Enumerable.Range(0, char.MaxValue + 1).Select(Classify)];

    /// <summary>The character at a place in a text, and its length in the text; half a surrogate pair is a character of its own.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int place, out int length)
    {
        if (place >= text.Length)
        {
            length = 0;
            return CharacterKind.None;
        }

        if (!char.IsSurrogate(text[place]))
        {
            length = 1;
            return s_plane[text[place]];
        }

        Rune.DecodeFromUtf16(text[place..], out var rune, out length);
        return Classify(rune.Value);
    }

    private static CharacterKind Classify(int value)
    {
        foreach (var (first, last) in s_newer)
        {
            if (first <= value && value <= last)
            {
                return CharacterKind.Other;
            }
        }

        return CharUnicodeInfo.GetUnicodeCategory(value) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            <= UnicodeCategory.EnclosingMark => CharacterKind.Mark,
            <= UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ when value <= char.MaxValue && char.IsWhiteSpace((char)value) => CharacterKind.Space,
            _ => CharacterKind.Other,
        };
    }
}
