using System.Text;
using CsCheck;

namespace EdgeBox.Worker.Tests.BytePair;

/// <summary>Texts in which everything that a tokenizer stumbles over is more common than in life.</summary>
internal static class Texts
{
    private static readonly string[] s_words =
    [
        "the", " the", "The", "THE", "hello", " world", "camelCaseWord", "XMLHttpRequest", "ÀBC", "éCOLE", "ÉCOLE", "naïve", "straße", "ǅungla", "İstanbul", "ſ", "K",
        "မြန်မာ", "ကျွန်တော်", " မင်္ဂလာပါ", "၁၂၃", "བོད་སྐད་", "བཀྲ་ཤིས་བདེ་ལེགས།", "ئۇيغۇرچە", "سالام، دۇنيا", "你好", "世界，", "。", "「引号」", "한국어", "ひらがな", "カタカナ", "ไทยครับ",
        "हिन्दी", "తెలుగు", "বাংলা", "русский", "Ελληνικά", "עברית", "e\u0301", "o\u0308\u0323", "\u0301", " \u0301", "\u20DD", "１２３", "½", "Ⅷ", "٣٤٥", "𝟘𝟙", "𐐀𐐨", "\U0001E922",
        "😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇲🇲", "👍🏽", "\u200D", "\uFE0F", "\u200B", "\uFEFF", "\u00AD", "\u0000", "\u0001", "\u001F", "\u007F", "\u0085", "\u2028", "\u2029", "\u3000", "\u00A0", "\u1680", "\u202F", "\u180E",
        "'s", "'S", "'t", "'re", "'RE", "'Ve", "'ll", "'lL", "'m", "'D", "'x", "'", "''", "’s", "don't", "I'LL", "we're", "s'", "'sir", "o'clock",
        "1", "12", "123", "1234", "1234567890", "3.14", "0x1F", "1st", "a1b2",
        " ", "  ", "   ", "        ", "\t", "\t\t", " \t ", "\n", "\n\n", "\r", "\r\n", "\r\n\r\n", " \n", "\n ", "  \n  ", "\v", "\f", "\t\n",
        ".", "..", "...", "!", "?!", "://", "/", "//", "/\n/", ".\n", ".\r\n/", "(", "();", "{}", "[]", "<", ">", "<|", "|>", "<>", "</s>", "</s", "<s>", "<think>", "#", "##", "--", "—", "€", "$", "©", "\\n", "\"", "`", "~", "^",
        "https://example.com/a?b=c", "foo_bar", "_", "__init__", "C#", "if (x == 10) {\n    return;\n}", "zzzzzzzzzz", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\uD800", "\uDC00", "\uDBFFx", "\uFFFD", "\uFFFE", "\uFFFF", "\uE000", "\uF8FF", "\U000F0000", "\U0010FFFF", "\u0378", "\U00010D4A", "\U00016D40", "\u1C89",
    ];

    // The scripts that the box is for, and corners of the tables.
    private static readonly (int First, int Last)[] s_ranges =
    [
        (0x00, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0xF00, 0xFFF), (0x1000, 0x109F), (0xAA60, 0xAA7F),
        (0x1C80, 0x1CBF), (0x1E00, 0x1FFF), (0x2000, 0x20FF), (0x2100, 0x218F), (0x2460, 0x24FF), (0x3000, 0x30FF), (0x4E00, 0x4EFF), (0xA720, 0xA7FF), (0xAC00, 0xACFF),
        (0xD7F0, 0xE010), (0xFB50, 0xFDFF), (0xFE00, 0xFFFF), (0x10400, 0x104FF), (0x105C0, 0x105FF), (0x10D00, 0x10D90), (0x16D40, 0x16D80), (0x1D400, 0x1D7FF), (0x1F300, 0x1F6FF), (0, 0x10FFFF),
    ];

    /// <summary>Texts of up to a few hundred characters.</summary>
    public static Gen<string> Any { get; } = Pieces().List[0, 40].Select(pieces => string.Concat(pieces));

    private static Gen<string> Pieces()
    {
        var word = Gen.Int[0, s_words.Length - 1].Select(i => s_words[i]);
        var character = Gen.Int[0, s_ranges.Length - 1].SelectMany(i => Gen.Int[s_ranges[i].First, s_ranges[i].Last]).Select(Written);
        var ascii = Gen.Int[0x20, 0x7E].Select(Written);
        var run = Gen.Select(character, Gen.Int[1, 90]).Select((text, times) => string.Concat(Enumerable.Repeat(text, times)));
        return Gen.Frequency((12, word), (5, character), (5, ascii), (1, run));
    }

    /// <summary>A code point as text, half of a pair by itself if it is one.</summary>
    public static string Written(int value) => Rune.IsValid(value) ? new Rune(value).ToString() : ((char)value).ToString();
}
