using System.Collections.Frozen;

namespace EdgeBox.Daemon.Checks;

/// <summary>Which letters belong to which script, by ISO 15924 code: pairs of the first and the last code point of a range.</summary>
/// <remarks>
/// Derived from the property Script of the Unicode Character Database, version 17.0: the code points of a script that are letters or
/// marks, with ranges joined where nothing that is a letter or a mark lies between them. Only what is a letter is ever looked up.
/// </remarks>
internal static class ScriptTable
{
    private static readonly FrozenDictionary<string, int[]> s_ranges = new Dictionary<string, int[]>(StringComparer.Ordinal)
    {
        ["Latn"] =
        [
            0x41, 0xAA, 0xBA, 0x2B8, 0x2E0, 0x2E4, 0x1D00, 0x1D25, 0x1D2C, 0x1D5C, 0x1D62, 0x1D65, 0x1D6B, 0x1D77, 0x1D79, 0x1DBE,
            0x1E00, 0x1EFF, 0x2071, 0x209C, 0x212A, 0x212B, 0x2132, 0x2132, 0x214E, 0x2184, 0x2C60, 0x2C7F, 0xA722, 0xA787,
            0xA78B, 0xA7FF, 0xAB30, 0xAB64, 0xAB66, 0xAB69, 0xFB00, 0xFB06, 0xFF21, 0xFF5A, 0x10780, 0x107BA, 0x1DF00, 0x1DF2A,
        ],
        ["Cyrl"] =
        [
            0x400, 0x484, 0x487, 0x52F, 0x1C80, 0x1C8A, 0x1D2B, 0x1D2B, 0x1D78, 0x1D78, 0x2DE0, 0x2DFF, 0xA640, 0xA69F, 0xFE2E,
            0xFE2F, 0x1E030, 0x1E08F,
        ],
        ["Grek"] =
        [
            0x370, 0x373, 0x376, 0x3E1, 0x3F0, 0x3FF, 0x1D26, 0x1D2A, 0x1D5D, 0x1D61, 0x1D66, 0x1D6A, 0x1DBF, 0x1DBF, 0x1F00,
            0x1FFC, 0x2126, 0x2126, 0xAB65, 0xAB65, 0x1D242, 0x1D244,
        ],
        ["Arab"] =
        [
            0x610, 0x63F, 0x641, 0x64A, 0x656, 0x66F, 0x671, 0x6FF, 0x750, 0x77F, 0x870, 0x8FF, 0xFB50, 0xFDFB, 0xFE70, 0xFEFC,
            0x10EC2, 0x10EFF, 0x1EE00, 0x1EEBB,
        ],
        ["Hebr"] = [0x591, 0x5F2, 0xFB1D, 0xFB4F],
        ["Deva"] = [0x900, 0x950, 0x955, 0x97F, 0xA8E0, 0xA8FF],
        ["Beng"] = [0x980, 0x9FE],
        ["Thai"] = [0xE01, 0xE4E],
        ["Laoo"] = [0xE81, 0xEDF],
        ["Mymr"] = [0x1000, 0x109D, 0xA9E0, 0xA9FE, 0xAA60, 0xAA7F],
        ["Tibt"] = [0xF00, 0xFC6],
        ["Khmr"] = [0x1780, 0x17DD],
        ["Ethi"] = [0x1200, 0x138F, 0x2D80, 0x2DDE, 0xAB01, 0xAB2E, 0x1E7E0, 0x1E7FE],
        ["Geor"] = [0x10A0, 0x10FF, 0x1C90, 0x1CBF, 0x2D00, 0x2D2D],
        ["Armn"] = [0x531, 0x588, 0xFB13, 0xFB17],
        ["Hang"] = [0x1100, 0x11FF, 0x302E, 0x302F, 0x3131, 0x318E, 0xA960, 0xA97C, 0xAC00, 0xD7FB, 0xFFA0, 0xFFDC],
        ["Kana"] =
        [
            0x30A1, 0x30FA, 0x30FD, 0x30FF, 0x31F0, 0x31FF, 0xFF66, 0xFF6F, 0xFF71, 0xFF9D, 0x1AFF0, 0x1B000, 0x1B120, 0x1B122,
            0x1B155, 0x1B167,
        ],
        ["Hira"] = [0x3041, 0x3096, 0x309D, 0x309F, 0x1B001, 0x1B11F, 0x1B132, 0x1B152],
        ["Hani"] = [0x3005, 0x3005, 0x303B, 0x303B, 0x3400, 0x9FFF, 0xF900, 0xFAD9, 0x16FE3, 0x16FE3, 0x16FF0, 0x16FF3, 0x20000, 0x33479],
        ["Bopo"] = [0x3105, 0x312F, 0x31A0, 0x31BF],
        ["Mong"] = [0x180B, 0x18AA],
        ["Sinh"] = [0xD81, 0xDF3],
        ["Taml"] = [0xB82, 0xBD7],
        ["Telu"] = [0xC00, 0xC63],
        ["Knda"] = [0xC80, 0xCF3],
        ["Mlym"] = [0xD00, 0xD7F],
        ["Gujr"] = [0xA81, 0xAFF],
        ["Guru"] = [0xA01, 0xA75],
        ["Orya"] = [0xB01, 0xB71],
        ["Thaa"] = [0x780, 0x7B1],
        ["Syrc"] = [0x710, 0x74F, 0x860, 0x86A],
        ["Tfng"] = [0x2D30, 0x2D7F],
        ["Yiii"] = [0xA000, 0xA48C],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Scripts that are written with the letters of several.</summary>
    private static readonly FrozenDictionary<string, string[]> s_mixtures = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Hans"] = ["Hani"],
        ["Hant"] = ["Hani", "Bopo"],
        ["Jpan"] = ["Hani", "Hira", "Kana"],
        ["Kore"] = ["Hang", "Hani"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The codes that are known, in order.</summary>
    public static IReadOnlyList<string> Codes { get; } = [.. s_ranges.Keys.Concat(s_mixtures.Keys).Order(StringComparer.Ordinal)];

    /// <summary>Whether a script is known.</summary>
    public static bool Knows(string code) => s_ranges.ContainsKey(code) || s_mixtures.ContainsKey(code);

    /// <summary>Whether a letter is of a script that is known.</summary>
    public static bool Holds(string code, int letter) => s_mixtures.TryGetValue(code, out var parts)
        ? parts.Any(part => Holds(part, letter))
        : InRanges(s_ranges[code], letter);

    private static bool InRanges(int[] ranges, int letter)
    {
        int low = 0, high = ranges.Length / 2;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (letter > ranges[2 * middle + 1])
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return 2 * low < ranges.Length && letter >= ranges[2 * low];
    }
}
