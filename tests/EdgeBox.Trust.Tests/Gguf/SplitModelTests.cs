using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class SplitModelTests
{
    private const string Moved = "output.weight";

    [Fact]
    public void ValidateParts_TwoPartsInOrder_AreOneModel()
    {
        var (first, second) = Split();

        var summary = Assert.IsType<GgufAccepted>(Validate(first, second)).Summary;

        Assert.Equal(2, summary.Parts);
        var whole = Assert.IsType<GgufAccepted>(GgufValidator.Validate(Stream(MalformedModels.Llama()), GgufLimits.Default)).Summary;
        Assert.Equal((whole.Parameters, whole.TensorBytes), (summary.Parameters, summary.TensorBytes));
        Assert.Equal(first.ToArray().Length + second.ToArray().Length, summary.FileBytes);
    }

    [Fact]
    public void Validate_SecondPartAlone_MissesTheOthers()
    {
        var (_, second) = Split();

        Refused(Validate(second), GgufProblem.MissingPart, "split.count");
    }

    [Fact]
    public void ValidateParts_SwappedParts_AreOutOfOrder()
    {
        var (first, second) = Split();

        Refused(Validate(second, first), GgufProblem.PartOrder, "split.no");
    }

    [Fact]
    public void ValidateParts_SamePartTwice_IsDuplicate()
    {
        var (first, _) = Split();

        Refused(Validate(first, first), GgufProblem.DuplicatePart, "split.no");
    }

    [Fact]
    public void ValidateParts_OneOfThreeMissing_SaysSo()
    {
        var (first, second) = Split();
        first.SetRaw("split.count", 2, [3, 0]);

        Refused(Validate(first, second), GgufProblem.MissingPart, "split.count");
    }

    [Fact]
    public void ValidateParts_MorePartsThanTheModelHas_DoNotMatch()
    {
        var (first, second) = Split();
        second.SetRaw("split.count", 2, [1, 0]);

        var rejected = Refused(Validate(first, second), GgufProblem.PartMismatch, "split.count");

        Assert.StartsWith("Part 2 of 2: ", rejected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValidateParts_NumberBeyondCount_DoesNotMatch()
    {
        var (first, second) = Split();
        second.SetRaw("split.no", 2, [2, 0]);

        Refused(Validate(first, second), GgufProblem.PartMismatch, "split.no");
    }

    [Fact]
    public void ValidateParts_PartOfAnotherModel_HasTooManyTensors()
    {
        var (first, second) = Split();
        second.AddTensor("stray.weight", GgmlType.F32, [4], new byte[16]);

        Refused(Validate(first, second), GgufProblem.PartMismatch, "split.tensors.count");
    }

    [Fact]
    public void ValidateParts_TensorInBothParts_IsDuplicate()
    {
        var (first, second) = Split();
        second.AddTensor("output_norm.weight", GgmlType.F32, [32], new byte[128]);

        var rejected = Refused(Validate(first, second), GgufProblem.DuplicateTensor, null);

        Assert.Equal("output_norm.weight", rejected.Tensor);
    }

    [Theory]
    [InlineData("split.no")]
    [InlineData("split.count")]
    [InlineData("split.tensors.count")]
    public void ValidateParts_WithoutAKey_NamesIt(string key)
    {
        var (first, second) = Split();
        first.RemoveKey(key);

        Refused(Validate(first, second), GgufProblem.MissingKey, key);
    }

    [Theory]
    [InlineData("split.no")]
    [InlineData("split.count")]
    [InlineData("split.tensors.count")]
    public void ValidateParts_KeyOfAnotherType_NamesIt(string key)
    {
        var (first, second) = Split();
        first.SetUInt32(key, 2);

        Refused(Validate(first, second), GgufProblem.WrongValueType, key);
    }

    [Fact]
    public void ValidateParts_SecondPartCut_NamesThePart()
    {
        var (first, second) = Split();

        var verdict = GgufValidator.ValidateParts([Stream(first), new MemoryStream(second.ToArray()[..30])], GgufLimits.Default);

        var rejected = Refused(verdict, GgufProblem.Truncated, null);
        Assert.StartsWith("Part 2 of 2: ", rejected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValidateParts_MorePartsThanTheLimit_AreRefused()
    {
        var (first, second) = Split();

        var verdict = GgufValidator.ValidateParts([Stream(first), Stream(second)], GgufLimits.Default with { Parts = 1 });

        Refused(verdict, GgufProblem.PartMismatch, null);
    }

    [Fact]
    public void Validate_SplitOfOnePart_IsAWholeModel()
    {
        var model = MalformedModels.Llama().SetRaw("split.count", 2, [1, 0]);

        Assert.Equal(1, Assert.IsType<GgufAccepted>(Validate(model)).Summary.Parts);
    }

    [Fact]
    public void ValidateParts_NoParts_IsTheCallersMistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GgufValidator.ValidateParts([], GgufLimits.Default));

    private static (GgufWriter First, GgufWriter Second) Split()
    {
        var first = MalformedModels.Llama().RemoveTensor(Moved);
        var second = new GgufWriter().AddTensor(Moved, GgmlType.F32, [32, 272], new byte[32 * 272 * 4]);
        var tensors = first.TensorNames.Count + 1;
        foreach (var (writer, number) in (ReadOnlySpan<(GgufWriter, byte)>)[(first, 0), (second, 1)])
        {
            writer.SetRaw("split.no", 2, [number, 0]).SetRaw("split.count", 2, [2, 0]).SetInt32("split.tensors.count", tensors);
        }

        return (first, second);
    }

    private static GgufVerdict Validate(params GgufWriter[] parts) => GgufValidator.ValidateParts([.. parts.Select(Stream)], GgufLimits.Default);

    private static MemoryStream Stream(GgufWriter writer) => new(writer.ToArray());

    private static GgufRejected Refused(GgufVerdict verdict, GgufProblem problem, string? key)
    {
        var rejected = Assert.IsType<GgufRejected>(verdict);
        Assert.Equal((problem, key), (rejected.Problem, rejected.Key));
        return rejected;
    }
}
