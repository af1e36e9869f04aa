using System.Numerics;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Numbers as they are written: read exactly, compared, and tested digit by digit as their values are.</summary>
public sealed class NumberAutomatonTests
{
    // In order; those of one line are equal.
    private static readonly string[] s_ordered =
    [
        "-100 -1e2", "-12.5", "-12 -12.0", "-1.25", "-1 -1.00 -10e-1", "-0.5", "-0.05", "0 -0 0.0 -0.00 0e99999", "0.05 5e-2", "0.5 0.50", "0.55", "1 1.0 1e0", "1.25",
        "1.3", "2", "9", "10 1E1", "12 1.2e+1", "12.5", "99", "99.99", "100", "100.01", "1000",
    ];

    [Fact]
    public void CompareTo_Numbers_AreInTheOrderOfTheirValues()
    {
        var numbers = s_ordered.Index().SelectMany(line => line.Item.Split(' ').Select(text => (line.Index, Number: ExactNumber.Read(text)!.Value))).ToList();
        foreach (var (place, number) in numbers)
        {
            foreach (var (other, than) in numbers)
            {
                Assert.Equal(place.CompareTo(other), Math.Sign(number.CompareTo(than)));
                Assert.Equal((place < other, place <= other, place > other, place >= other), (number < than, number <= than, number > than, number >= than));
                Assert.Equal(place == other, number == than && number.ToString() == than.ToString());
            }
        }
    }

    [Theory]
    [InlineData("1.50", "1.5")]
    [InlineData("-0.0", "0")]
    [InlineData("0e99999", "0")]
    [InlineData("1e3", "1000")]
    [InlineData("-1.5E+1", "-15")]
    [InlineData("15e-1", "1.5")]
    [InlineData("100e-2", "1")]
    [InlineData("-5e-3", "-0.005")]
    [InlineData("10", "10")]
    [InlineData("1e99999999999", null)]
    [InlineData("1e-99999999999", null)]
    [InlineData("1e100000", null)]
    [InlineData("1e-100000", null)]
    [InlineData("1e401", null)]
    [InlineData("1e-401", null)]
    public void Read_Number_IsWrittenOut(string text, string? written)
    {
        Assert.Equal(written, ExactNumber.Read(text)?.ToString());
        Assert.Equal(written?.Contains('.', StringComparison.Ordinal) == false, ExactNumber.Read(text)?.IsInteger == true);
    }

    [Fact]
    public void Read_NumbersAtTheirLimit_AreTakenAndNoLonger()
    {
        Assert.Equal("1" + new string('0', 400), ExactNumber.Read("1e400").ToString());
        Assert.Equal($"0.{new string('0', 399)}1", ExactNumber.Read("1e-400").ToString());
        Assert.Equal(new string('7', 400), ExactNumber.Read(new string('7', 400)).ToString());
        Assert.Null(ExactNumber.Read(new string('7', 401)));
    }

    [Theory]
    [InlineData("6", "2", true)]
    [InlineData("7", "2", false)]
    [InlineData("0", "2", true)]
    [InlineData("-6", "1.5", true)]
    [InlineData("1", "1.5", false)]
    [InlineData("0.3", "0.1", true)]
    [InlineData("0.35", "0.1", false)]
    [InlineData("1.5", "3", false)]
    public void IsMultipleOf_Number_IsExact(string number, string of, bool multiple) => Assert.Equal(multiple, Read(number).IsMultipleOf(Read(of)));

    [Fact]
    public void Scaled_Number_HasSoManyDigitsBehindThePoint()
    {
        Assert.Equal(new BigInteger(1500), Read("1.5").Scaled(3));
        Assert.Equal(new BigInteger(15), Read("1.5").Scaled(1));
        Assert.Equal(("12", "05"), Read("-12.05").Parts());
        Assert.Equal(("0", "05"), Read("0.05").Parts());
    }

    [Fact]
    public void Of_Tests_PassTheTextsOfTheNumbersThatPass()
    {
        var bounds = s_ordered.Where((_, index) => index % 2 == 1).Select(line => Read(line.Split(' ')[0])).ToList();
        var texts = s_ordered.SelectMany(line => line.Split(' ')).Where(text => !text.Contains('e', StringComparison.OrdinalIgnoreCase))
            .Concat(["0.049", "0.051", "0.500", "00", "-", "1.", ".5", "9.9999", "99.990", "-12.49", "-12.51", "-99", "101", "1234.5", "0.0500001", "--1", "1.2.3", "-0.5000"]).ToList();
        foreach (var bound in bounds)
        {
            foreach (var kind in Enum.GetValues<NumberTestKind>().Where(kind => kind != NumberTestKind.MultipleOf || (bound.Digits > 0 && bound.Digits < 130)))
            {
                foreach (var test in (NumberTest[])[new(kind, bound, false), new(kind, bound, true)])
                {
                    var automaton = NumberAutomaton.Of([test, test], integersOnly: false, new Work());
                    Assert.All(texts, text => Assert.True(IsNumber(text) && test.Passes(Read(text)) == automaton.Matches(text) || (!IsNumber(text) && !automaton.Matches(text)), $"{test}: {text}"));
                }
            }
        }
    }

    [Fact]
    public void Of_SeveralTests_PassWhatPassesAll()
    {
        NumberTest[] tests = [new(NumberTestKind.AtLeast, Read("1"), false), new(NumberTestKind.AtMost, Read("12"), false), new(NumberTestKind.MultipleOf, Read("0.5"), false)];
        var (any, whole) = (NumberAutomaton.Of(tests, integersOnly: false, new Work()), NumberAutomaton.Of(tests, integersOnly: true, new Work()));
        Assert.Equal(["1", "1.5", "2.0", "11.50", "12"], new[] { "0", "0.5", "1", "1.5", "1.75", "2.0", "11.50", "12", "12.5", "-1" }.Where(any.Matches));
        Assert.Equal(["1", "2", "12"], new[] { "0", "1", "1.5", "2", "2.0", "12", "13", "-1" }.Where(whole.Matches));
        Assert.Equal(["0", "-7", "10"], new[] { "0", "-0", "00", "-7", "10", "1.0" }.Where(NumberAutomaton.Of([], integersOnly: true, new Work()).Matches));
    }

    [Theory]
    [InlineData(nameof(NumberTestKind.AtLeast), "1", false, true, true)]
    [InlineData(nameof(NumberTestKind.AtMost), "1", true, true, false)]
    [InlineData(nameof(NumberTestKind.EqualTo), "1", false, true, false)]
    [InlineData(nameof(NumberTestKind.MultipleOf), "2", true, false, true)]
    public void Passes_Test_IsTheOppositeOfItsOpposite(string kind, string value, bool zero, bool one, bool two)
    {
        var test = new NumberTest(Enum.Parse<NumberTestKind>(kind), Read(value), false);
        Assert.Equal([zero, one, two], new[] { "0", "1.0", "2" }.Select(number => test.Passes(Read(number))));
        Assert.Equal([!zero, !one, !two], new[] { "0", "1.0", "2" }.Select(number => test.Opposite().Passes(Read(number))));
    }

    private static bool IsNumber(string text) => text is not ("00" or "-" or "1." or ".5" or "--1" or "1.2.3");

    private static ExactNumber Read(string text) => ExactNumber.Read(text)!.Value;
}
