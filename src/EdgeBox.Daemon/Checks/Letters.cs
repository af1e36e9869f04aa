using System.Text;

namespace EdgeBox.Daemon.Checks;

/// <summary>The letters of a text: what scripts and languages are told by. Marks, digits, punctuation and symbols say nothing.</summary>
internal static class Letters
{
    /// <summary>The long-vowel signs of both kanas belong to neither.</summary>
    private const int LongVowel = 0x30FC, HalfwidthLongVowel = 0xFF70;

    /// <summary>Every letter, as often as it comes.</summary>
    public static IEnumerable<int> Of(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune) && rune.Value is not (LongVowel or HalfwidthLongVowel))
            {
                yield return rune.Value;
            }
        }
    }

    /// <summary>Letters and signs that are written with them: what tells languages of one script apart is often a sign.</summary>
    public static IEnumerable<int> AndSignsOf(string text) => text.EnumerateRunes()
        .Where(rune => Rune.GetUnicodeCategory(rune) is <= System.Globalization.UnicodeCategory.EnclosingMark)
        .Select(rune => rune.Value);

    /// <summary>How many letters a text has, and how many are of a script.</summary>
    public static (long All, long OfScript) Count(string text, string code)
    {
        long all = 0, ofScript = 0;
        foreach (var letter in Of(text))
        {
            all++;
            ofScript += ScriptTable.Holds(code, letter) ? 1 : 0;
        }

        return (all, ofScript);
    }
}
