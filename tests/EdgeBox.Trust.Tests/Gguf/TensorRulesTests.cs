using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class TensorRulesTests
{
    public static TheoryData<string> Kinds { get; } = [.. TinyModels.Kinds.Where(k => k != "llama-spm")];

    /// <summary>Tensors that a model may have beyond those of the tiny one: extents in order.</summary>
    public static TheoryData<string, string, long[]> Optional { get; } = new()
    {
        { "llama", "output.weight", [32, 24] },
        { "llama", "rope_freqs.weight", [8] },
        { "llama", "blk.0.attn_q.bias", [32] },
        { "llama", "blk.0.attn_k.bias", [16] },
        { "llama", "blk.0.attn_v.bias", [16] },
        { "llama", "blk.0.attn_output.bias", [32] },
        { "llama", "blk.0.ffn_gate.bias", [48] },
        { "llama", "blk.0.ffn_up.bias", [48] },
        { "llama", "blk.0.ffn_down.bias", [32] },
        { "qwen2", "output.weight", [32, 24] },
        { "qwen2", "output.bias", [24] },
        { "qwen3", "cls.output.weight", [32, 1] },
        { "gemma3", "output.weight", [32, 24] },
        { "phi3", "rope_factors_long.weight", [8] },
        { "phi3", "rope_factors_short.weight", [8] },
        { "bert", "cls.weight", [32, 32] },
        { "bert", "cls.bias", [32] },
        { "bert", "cls.output.weight", [32, 1] },
        { "bert", "cls.output.bias", [1] },
        { "bert", "blk.0.attn_output.bias", [32] },
        { "bert", "blk.0.ffn_up.bias", [48] },
        { "bert", "blk.0.ffn_down.bias", [32] },
    };

    /// <summary>Extents that are all different, so that no two can be mistaken for each other.</summary>
    private static TinyShape Distinct(string kind) => kind is "qwen2" or "phi3" or "bert" or "nomic-bert" or "bert-rank"
        ? new TinyShape { FeedForward = 48, Seed = 0 }
        : new TinyShape { Embedding = 40, FeedForward = 48, Experts = 3, Seed = 0 };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Validate_EachTensorMissing_IsNamed(string kind)
    {
        foreach (var name in TinyModels.Of(kind, Distinct(kind)).TensorNames.Where(n => n != "token_types.weight" && !n.StartsWith("cls", StringComparison.Ordinal)))
        {
            var rejected = Refuse(TinyModels.Of(kind, Distinct(kind)).RemoveTensor(name));
            Assert.Equal((GgufProblem.MissingTensor, name), (rejected.Problem, rejected.Tensor));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Validate_EachExtentWrong_IsNamed(string kind)
    {
        foreach (var (name, dims) in TinyModels.Of(kind, Distinct(kind)).TensorExtents)
        {
            for (var i = 0; i <= dims.Length; i++)
            {
                long[] wrong = [.. dims, .. Enumerable.Repeat(1L, 4 - dims.Length)];
                wrong[i]++;
                var rejected = Refuse(Replaced(TinyModels.Of(kind, Distinct(kind)), name, GgmlType.F32, wrong));
                Assert.Equal((GgufProblem.WrongShape, name), (rejected.Problem, rejected.Tensor));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Validate_EachTensorOfHalfPrecision_IsRefusedWhereNumbersMustBePlain(string kind)
    {
        foreach (var (name, dims) in TinyModels.Of(kind, Distinct(kind)).TensorExtents)
        {
            var verdict = Validate(Replaced(TinyModels.Of(kind, Distinct(kind)), name, GgmlType.F16, dims));
            var isMatrix = dims.Length > 1 && name.EndsWith(".weight", StringComparison.Ordinal) && name != "token_types.weight";
            var rejected = verdict as GgufRejected;
            Assert.Equal(isMatrix ? (null, null) : (GgufProblem.WrongTensorType, name), (rejected?.Problem, rejected?.Tensor));
        }
    }

    [Theory]
    [MemberData(nameof(Optional))]
    public void Validate_OptionalTensor_MustHaveItsShape(string kind, string name, long[] dims)
    {
        var shape = new TinyShape { FeedForward = 48 };
        Assert.IsType<GgufAccepted>(Validate(With(TinyModels.Of(kind, shape), name, GgmlType.F32, dims)));

        long[] wrong = [dims[0] + 2, .. dims[1..]];
        var rejected = Refuse(With(TinyModels.Of(kind, shape), name, GgmlType.F32, wrong));
        Assert.Equal((GgufProblem.WrongShape, name), (rejected.Problem, rejected.Tensor));
    }

    [Theory]
    [InlineData("llama", "output.bias", new long[] { 24 })]
    [InlineData("gemma2", "output.weight", new long[] { 32, 262 })]
    [InlineData("llama", "rope_factors_long.weight", new long[] { 8 })]
    [InlineData("phi3", "rope_freqs.weight", new long[] { 8 })]
    [InlineData("qwen3moe", "cls.output.weight", new long[] { 32, 1 })]
    [InlineData("nomic-bert", "position_embd.weight", new long[] { 32, 64 })]
    [InlineData("llama", "blk.1.attn_norm.weight", new long[] { 32 })]
    public void Validate_TensorOfAnotherArchitecture_IsNamed(string kind, string name, long[] dims)
    {
        var rejected = Refuse(With(TinyModels.Of(kind), name, GgmlType.F32, dims));

        Assert.Equal((GgufProblem.UnexpectedTensor, name), (rejected.Problem, rejected.Tensor));
    }

    [Fact]
    public void Validate_EveryTensorType_HasItsSizeAndItsPlace()
    {
        // Types that the engine keeps only inside its computations, or that need further tensors.
        uint[] others = [9, 15, 24, 25, 26, 27, 28, 40, 41, 42];
        var shape = new TinyShape { Embedding = 256 };
        var plain = Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama", shape))).Summary;
        foreach (var (type, block) in Ggml.Blocks)
        {
            var verdict = Validate(TinyModels.Of("llama", shape).Retype("token_embd.weight", type));
            if (others.Contains(type))
            {
                var rejected = Assert.IsType<GgufRejected>(verdict);
                Assert.Equal((GgufProblem.WrongTensorType, "token_embd.weight"), (rejected.Problem, rejected.Tensor));
                continue;
            }

            var summary = Assert.IsType<GgufAccepted>(verdict).Summary;
            Assert.Equal(256 * 24 / block.Length * block.Bytes, summary.TensorBytes - (plain.TensorBytes - (256 * 24 * 4)));
            Assert.Equal(plain.Parameters, summary.Parameters);
        }
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(5u)]
    [InlineData(31u)]
    [InlineData(38u)]
    [InlineData(43u)]
    public void Validate_TypeThatIsNoType_IsRefused(uint type)
    {
        var rejected = Refuse(TinyModels.Of("llama").Misdescribe("output_norm.weight", type: type));

        Assert.Equal((GgufProblem.UnknownTensorType, "output_norm.weight"), (rejected.Problem, rejected.Tensor));
    }

    [Fact]
    public void Validate_ClassLabels_SizeTheHead()
    {
        var model = TinyModels.Of("bert").SetStringArray("bert.classifier.output_labels", ["a", "b", "c"]);

        Assert.IsType<GgufAccepted>(Validate(With(model, "cls.output.weight", GgmlType.F32, [32, 3]).SetUInt32("bert.pooling_type", 4)));
    }

    [Theory]
    [InlineData(4096, GgufProblem.WrongShape)]
    [InlineData(4097, GgufProblem.ValueOutOfRange)]
    public void Validate_ClassLabels_AreBounded(int labels, GgufProblem problem)
    {
        var model = TinyModels.Of("bert").SetStringArray("bert.classifier.output_labels", [.. Enumerable.Range(0, labels).Select(i => $"{i}")]);

        Assert.Equal(problem, Refuse(With(model, "cls.output.weight", GgmlType.F32, [32, 1])).Problem);
    }

    private static GgufWriter Replaced(GgufWriter model, string name, GgmlType type, long[] dims) => With(model.RemoveTensor(name), name, type, dims);

    private static GgufWriter With(GgufWriter model, string name, GgmlType type, long[] dims) =>
        model.AddTensor(name, type, dims, new byte[Ggml.SizeOf(type, dims)]);

    private static GgufVerdict Validate(GgufWriter model) => GgufValidator.Validate(new MemoryStream(model.ToArray()), GgufLimits.Default);

    private static GgufRejected Refuse(GgufWriter model) => Assert.IsType<GgufRejected>(Validate(model));
}
