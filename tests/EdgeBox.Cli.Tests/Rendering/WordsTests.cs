using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Rendering;
using Xunit;

namespace EdgeBox.Cli.Tests.Rendering;

public class WordsTests
{
    [Theory]
    [InlineData(0UL, "0 B")]
    [InlineData(1023UL, "1023 B")]
    [InlineData(1024UL, "1.0 KiB")]
    [InlineData(1_288_490_189UL, "1.2 GiB")]
    [InlineData(ulong.MaxValue, "16777216.0 TiB")]
    public void Bytes_Amount_IsInTheLargestUnit(ulong bytes, string expected) => Assert.Equal(expected, Words.Bytes(bytes));

    [Theory]
    [InlineData(0.25, "0.25 s")]
    [InlineData(59.999, "60 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(3_600, "1 h 0 min")]
    [InlineData(273_906, "3 d 4 h")]
    public void Duration_Time_IsInItsTwoLargestUnits(double seconds, string expected)
        => Assert.Equal(expected, Words.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("90d", 7_776_000)]
    [InlineData("1.5h", 5_400)]
    [InlineData("30m", 1_800)]
    [InlineData("45s", 45)]
    public void TryRead_DurationAsWritten_IsRead(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Durations.TryRead(text));

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("90")]
    [InlineData("-1d")]
    [InlineData("0d")]
    [InlineData("1w")]
    [InlineData("1e9d")]
    [InlineData("99999999d")]
    [InlineData("NaNd")]
    public void TryRead_NoDuration_IsRefused(string text) => Assert.Null(Durations.TryRead(text));

    [Theory]
    [InlineData(0.45, "[#############.................]  45% loading")]
    [InlineData(-1, "[..............................]   0% loading")]
    [InlineData(double.NaN, "[..............................]   0% loading")]
    [InlineData(7, "[##############################] 100% loading")]
    public void Bar_Fraction_IsDrawn(double fraction, string expected) => Assert.Equal(expected, ProgressLine.Bar(fraction, "loading"));

    [Theory]
    [InlineData("mdoel", "model")]
    [InlineData("modle", "model")]
    [InlineData("comp", "complete")]
    [InlineData("stats", "status")]
    [InlineData("xyzzy", null)]
    public void Nearest_Word_IsTheOneMeant(string word, string? expected)
        => Assert.Equal(expected, Spelling.Nearest(word, ["status", "model", "complete", "access"]));
}
