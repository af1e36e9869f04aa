using System.Globalization;
using CsCheck;
using EdgeBox.Daemon.Checks;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>Numbers as they are read in whatever digits, and whether they are kept; and the distance of two texts.</summary>
public sealed class NumbersTests
{
    private static readonly int[] s_zeros = ['0', 0x1040, 0x1090, 0x0F20, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x17E0, 0xFF10, 0x1D7CE];

    [Theory]
    [InlineData("12 apples, 3 pears", "12|3")]
    [InlineData("1,234.50 and 1.234,50", "1234.5|1234.5")]
    [InlineData("1.234", "1234/1.234")]
    [InlineData("0.123", "0.123")]
    [InlineData("1,234,567", "1234567")]
    [InlineData("12,34,567", "1234567")]
    [InlineData("1\u00A0234\u00A0567,8", "1234567.8")]
    [InlineData("25.11.2024", "25|11|2024")]
    [InlineData("192.168.0.1", "192|168|0|1")]
    [InlineData("2024-11-25 12:30", "2024|11|25|12|30")]
    [InlineData("1,2,3", "1|2|3")]
    [InlineData("3.1415.", "3.1415")]
    [InlineData("007", "7")]
    [InlineData("၁၂၃၄", "1234")]
    [InlineData("٣٫٥ و ١٬٢٣٤", "3.5|1234")]
    [InlineData("༢༠༢༤", "2024")]
    [InlineData("１，２３４．５", "1234.5")]
    [InlineData("𝟏𝟐", "12")]
    [InlineData("12345.678", "12345.678")]
    [InlineData("٣,٥", "3.5")]
    [InlineData("1,2,345", "1|2|345")]
    [InlineData("1,234.5.6", "1234.5|6")]
    [InlineData("25 1.5", "25|1.5")]
    [InlineData("123,45,678", "123|45|678")]
    [InlineData("😀5,", "5")]
    [InlineData("none ³ Ⅳ 三", "")]
    [InlineData("5\ud8006", "5|6")]
    public void Of_Text_HasTheseValues(string text, string values) =>
        Assert.Equal(values, string.Join('|', Numbers.Of(text).Select(number => number.Other is null ? number.Value : $"{number.Value}/{number.Other}")));

    [Theory]
    [InlineData("1,234", "၁၂၃၄", true)]
    [InlineData("1.234", "1,234", true)]
    [InlineData("1,234", "1.234,00", true)]
    [InlineData("1.234 kg", "1.2340 kg", true)]
    [InlineData("1,234", "1235", false)]
    [InlineData("5 and 5", "5", false)]
    [InlineData("5", "5; 5", false)]
    [InlineData("5", "5 of 7", true)]
    [InlineData("", "7", true)]
    [InlineData("7", "", false)]
    [InlineData("1,234; 1,234", "1234; 1.2340", true)]
    [InlineData("1,234; 1,234", "1234; 1.2340; 1234", false)]
    public void Judge_Numbers_AreKeptEachAsOften(string input, string answer, bool passes) =>
        Assert.Equal(passes, new NumbersJudge().Judge(answer, input) is null);

    [Fact]
    public void Judge_NumberThatIsLost_IsNamed() =>
        Assert.Equal("The answer lacks numbers of the input: \"42\". Keep every number, as often as it comes.", new NumbersJudge().Judge("41", "42 and 41"));

    [Fact]
    public void Judge_SameNumbersInOtherDigitsAndOrder_AreKept() => Gen.Select(Gen.Long[0, 1_000_000_000_000].Array[0, 12], Gen.Int[0, s_zeros.Length - 1], Gen.Int)
        .Sample((values, digits, seed) =>
        {
            var input = string.Join(" x ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
            var shuffled = values.ToArray();
            new Random(seed).Shuffle(shuffled);
            var answer = string.Join(" y ", shuffled.Select(value => In(s_zeros[digits], value.ToString("N0", CultureInfo.InvariantCulture))));
            return new NumbersJudge().Judge(answer, input) is null;
        });

    [Fact]
    public void Judge_OneNumberChanged_IsNotKept() => Gen.Select(Gen.Long[10_000, 1_000_000_000].Array[1, 12], Gen.Int, Gen.Int[0, s_zeros.Length - 1])
        .Sample((values, place, digits) =>
        {
            var changed = values.ToArray();
            changed[(int)((uint)place % changed.Length)] += 2_000_000_000;
            return new NumbersJudge().Judge(
                string.Join(" y ", changed.Select(value => In(s_zeros[digits], value.ToString(CultureInfo.InvariantCulture)))), string.Join(" x ", values)) is not null;
        });

    [Fact]
    public void Between_TwoTexts_IsWhatThePlainAlgorithmSays() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 200], Gen.Int[0, 3].Array[0, 200]).Sample((a, b) => EditDistance.Between(a, b) == Plain(a, b));

    [Fact]
    public void Between_LongTextsOfManyLetters_IsWhatThePlainAlgorithmSays() =>
        Gen.Select(Gen.Int[0, 40].Array[100, 700], Gen.Int[0, 40].Array[100, 700]).Sample((a, b) => EditDistance.Between(a, b) == Plain(a, b), iter: 20);

    [Fact]
    public void Between_LongTextsOfFewLetters_IsWhatThePlainAlgorithmSays()
    {
        Gen.Select(Gen.Int[0, 1].Array[65, 400], Gen.Int[0, 1].Array[0, 400]).Sample((a, b) => EditDistance.Between(a, b) == Plain(a, b), iter: 20);
        Assert.Equal((3, 3, 0), (EditDistance.Between([1, 2, 3], []), EditDistance.Between([], [1, 2, 3]), EditDistance.Between([], [])));
    }

    [Fact]
    public void Between_Texts_IsADistance() => Gen.Select(Gen.Int[0, 2].Array[0, 80], Gen.Int[0, 2].Array[0, 80], Gen.Int[0, 2].Array[0, 80]).Sample((a, b, c) =>
        EditDistance.Between(a, a) == 0 && EditDistance.Between(a, b) == EditDistance.Between(b, a)
        && EditDistance.Between(a, c) <= EditDistance.Between(a, b) + EditDistance.Between(b, c));

    [Fact]
    public void CodePoints_SpaceAndPairs_CountOnce()
    {
        Assert.Equal(['a', ' ', 0x1F600, 0xFFFD], EditDistance.CodePoints(" a\t \n😀\ud800 "));
        Assert.Equal(['a', 'b'], EditDistance.CodePoints("abc", 2));
    }

    private static string In(int zero, string text) =>
        string.Concat(text.Select(c => char.IsAsciiDigit(c) ? char.ConvertFromUtf32(zero + c - '0') : c.ToString()));

    private static int Plain(int[] a, int[] b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, _) = (row[0], row[0] = i);
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
