using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Xunit;

namespace EdgeBox.Cli.Tests.Rendering;

public class ExitCodesTests
{
    [Fact]
    public void Has_EveryReasonOfTheContract_HasARowWithWords()
    {
        foreach (var reason in Enum.GetValues<ErrorReason>())
        {
            Assert.True(ExitCodes.Has(reason), $"{reason} has no row");
            var row = ExitCodes.For(ExitCodes.NameOf(reason));
            Assert.EndsWith(".", row.Happened);
            Assert.True(row.Advice.Length > 0 || reason == ErrorReason.Cancelled, $"{reason} says nothing of what to do");
        }
    }

    [Fact]
    public void Rows_All_AreThoseOfTheDesign()
    {
        var rows = ExitCodes.Rows.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Value.Code} {r.Key}\n");
        Golden.Check("exit-codes", string.Concat(rows));
    }

    [Fact]
    public void Rows_All_AreReasonsOfTheContractOrOfThisProgram()
    {
        var known = Enum.GetValues<ErrorReason>().Select(ExitCodes.NameOf)
            .Concat(typeof(ClientReasons).GetFields().Select(f => (string)f.GetRawConstantValue()!));
        Assert.Equal(known.Order(StringComparer.Ordinal), ExitCodes.Rows.Select(r => r.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("MODEL_NOT_FOUND", 3)]
    [InlineData("ERROR_REASON_MODEL_NOT_FOUND", 3)]
    [InlineData("OF_A_LATER_RELEASE", 3)]
    public void For_ReasonInEitherSpelling_IsItsCode(string reason, int code) => Assert.Equal(code, ExitCodes.For(reason).Code);
}
