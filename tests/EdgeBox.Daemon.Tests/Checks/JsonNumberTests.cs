using EdgeBox.Daemon.Checks;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>Numbers of JSON by their values, however long they are and however they are written.</summary>
public sealed class JsonNumberTests
{
    // In order; those of one line are equal.
    private static readonly string[] s_ordered =
    [
        "-1e999999999999", "-1E30 -1000000000000000000000000000000", "-101", "-100 -1e2 -100.0", "-99.9", "-2", "-1.5 -15e-1", "-1", "-0.1 -1e-1 -0.10",
        "0 -0 0.0 0e5 -0.00e-3", "1e-999999999999", "1e-3 0.001 10E-4", "0.0015", "0.1 1e-1", "0.12", "1 1.0 10e-1 1e+0", "1.5", "2", "9", "10 1e1",
        "12 12.00", "120 1.2e2", "123", "1e30", "12345678901234567890123456789012", "1e999999999999",
    ];

    [Fact]
    public void CompareTo_Numbers_AreInTheOrderOfTheirValues()
    {
        var numbers = s_ordered.Index().SelectMany(line => line.Item.Split(' ').Select(text => (line.Index, Number: JsonNumber.Parse(text)))).ToList();
        foreach (var (place, number) in numbers)
        {
            Assert.All(numbers, other => Assert.Equal(place.CompareTo(other.Index), Math.Sign(number.CompareTo(other.Number))));
            Assert.All(numbers, other => Assert.Equal(place == other.Index, number == other.Number && number.ToString() == other.Number.ToString()));
        }
    }

    [Theory]
    [InlineData("0", "0", true)]
    [InlineData("-0.00", "0", true)]
    [InlineData("1200", "12e2", true)]
    [InlineData("-12.50", "-125e-1", false)]
    [InlineData("0.5e1", "5e0", true)]
    [InlineData("5e-1", "5e-1", false)]
    [InlineData("0.007", "7e-3", false)]
    [InlineData("1e2147483646", "1e2147483646", true)]
    [InlineData("1e2147483647", "1e2147483647", true)]
    [InlineData("1e99999999999999999999", "1e2147483647", true)]
    [InlineData("1e-99999999999999999999", "1e-2147483648", false)]
    public void Parse_Number_HasOneTextForItsValue(string text, string value, bool whole)
    {
        var number = JsonNumber.Parse(text);
        Assert.Equal((value, whole), (number.ToString(), number.IsInteger));
    }

    [Theory]
    [InlineData("0", "7", true)]
    [InlineData("14", "7", true)]
    [InlineData("-14", "7", true)]
    [InlineData("15", "7", false)]
    [InlineData("1e3", "125", true)]
    [InlineData("1e3", "0.3", false)]
    [InlineData("1e3", "1e3", true)]
    [InlineData("1e3", "1e4", false)]
    [InlineData("1234.5", "0.5", true)]
    [InlineData("1234.5", "5", false)]
    [InlineData("30", "1e1", true)]
    [InlineData("35", "1e1", false)]
    [InlineData("5", "1e1", false)]
    [InlineData("1", "0", null)]
    public void IsMultipleOf_Numbers_IsExact(string number, string of, bool? multiple) =>
        Assert.Equal(multiple, JsonNumber.Parse(number).IsMultipleOf(JsonNumber.Parse(of)));

    [Fact]
    public void IsMultipleOf_NumbersTooLongToDivide_IsNotTold()
    {
        var (longest, tooLong) = (JsonNumber.Parse(new string('3', 2000)), JsonNumber.Parse(new string('3', 2001)));
        var three = JsonNumber.Parse("3");
        Assert.Equal(true, longest.IsMultipleOf(three));
        Assert.Null(tooLong.IsMultipleOf(three));
        Assert.Equal(false, three.IsMultipleOf(longest));
        Assert.Null(three.IsMultipleOf(tooLong));
    }
}
