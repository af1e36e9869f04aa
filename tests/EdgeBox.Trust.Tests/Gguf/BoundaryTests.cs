using System.Text;
using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

/// <summary>The last value that passes a check and the first that does not.</summary>
public sealed class BoundaryTests
{
    /// <summary>Numbers at both ends of their range; one that passes its own check may fail a later one, as the keys no longer fit the tensors.</summary>
    public static TheoryData<string, string, uint, GgufProblem?> Numbers { get; } = new()
    {
        { "llama", "block_count", 512, GgufProblem.MissingTensor },
        { "llama", "block_count", 513, GgufProblem.ValueOutOfRange },
        { "llama", "embedding_length", 1 << 17, GgufProblem.WrongShape },
        { "llama", "embedding_length", (1 << 17) + 1, GgufProblem.ValueOutOfRange },
        { "llama", "context_length", 1, null },
        { "llama", "context_length", 1 << 24, null },
        { "llama", "context_length", (1 << 24) + 1, GgufProblem.ValueOutOfRange },
        { "llama", "feed_forward_length", 1, GgufProblem.WrongShape },
        { "llama", "feed_forward_length", 0, GgufProblem.ValueOutOfRange },
        { "llama", "feed_forward_length", 1 << 20, GgufProblem.WrongShape },
        { "llama", "feed_forward_length", (1 << 20) + 1, GgufProblem.ValueOutOfRange },
        { "llama", "attention.head_count", 4096, GgufProblem.WrongShape },
        { "llama", "attention.head_count", 4097, GgufProblem.ValueOutOfRange },
        { "llama", "attention.head_count_kv", 4097, GgufProblem.ValueOutOfRange },
        { "llama", "attention.key_length", 8192, GgufProblem.ImpossibleHeads },
        { "llama", "attention.key_length", 8193, GgufProblem.ValueOutOfRange },
        { "llama", "attention.key_length", 0, GgufProblem.ValueOutOfRange },
        { "llama", "attention.value_length", 8192, GgufProblem.ImpossibleHeads },
        { "llama", "attention.value_length", 8193, GgufProblem.ValueOutOfRange },
        { "llama", "attention.key_length_swa", 16, null },
        { "llama", "attention.value_length_swa", 16, null },
        { "llama", "attention.value_length_swa", 15, GgufProblem.UnsupportedFeature },
        { "llama", "rope.dimension_count", 8193, GgufProblem.ValueOutOfRange },
        { "llama", "rope.dimension_count_swa", 16, null },
        { "llama", "rope.dimension_count_swa", 8, GgufProblem.UnsupportedFeature },
        { "llama", "rope.scaling.original_context_length", 0, null },
        { "llama", "rope.scaling.original_context_length", 1 << 24, null },
        { "llama", "rope.scaling.original_context_length", (1 << 24) + 1, GgufProblem.ValueOutOfRange },
        { "llama", "vocab_size", 0, null },
        { "llama", "vocab_size", int.MaxValue, null },
        { "llama", "vocab_size", 1u << 31, GgufProblem.ValueOutOfRange },
        { "llama", "expert_group_count", 1, GgufProblem.UnsupportedFeature },
        { "llama", "expert_group_used_count", 1, GgufProblem.UnsupportedFeature },
        { "llama", "nextn_predict_layers", 1, GgufProblem.UnsupportedFeature },
        { "llama", "pooling_type", 0, null },
        { "llama", "pooling_type", 4, GgufProblem.UnsupportedFeature },
        { "llama", "pooling_type", 5, GgufProblem.ValueOutOfRange },
        { "llama", "attention.sliding_window", int.MaxValue, null },
        { "qwen2", "expert_count", 1, GgufProblem.ImpossibleExperts },
        { "qwen2", "attention.head_count", 4, GgufProblem.ImpossibleHeads },
        { "qwen3moe", "expert_count", 1024, GgufProblem.WrongShape },
        { "qwen3moe", "expert_count", 1025, GgufProblem.ValueOutOfRange },
        { "qwen3moe", "expert_used_count", 2, null },
        { "qwen3moe", "expert_used_count", 3, GgufProblem.ImpossibleExperts },
        { "qwen3moe", "expert_used_count", 1025, GgufProblem.ValueOutOfRange },
        { "qwen3moe", "expert_feed_forward_length", 0, GgufProblem.ValueOutOfRange },
        { "gpt-oss", "attention.sliding_window", 1, null },
        { "gpt-oss", "attention.sliding_window", 1 << 22, null },
        { "gpt-oss", "attention.sliding_window", (1 << 22) + 1, GgufProblem.ValueOutOfRange },
        { "gpt-oss", "attention.sliding_window_pattern", 512, null },
        { "gpt-oss", "attention.sliding_window_pattern", 513, GgufProblem.ValueOutOfRange },
        { "gemma2", "attention.sliding_window", 0, GgufProblem.ValueOutOfRange },
        { "phi3", "rope.dimension_count", 2, null },
        { "phi3", "rope.dimension_count", 3, GgufProblem.ImpossibleRope },
        { "phi3", "rope.dimension_count", 18, GgufProblem.ImpossibleRope },
        { "nomic-bert", "rope.dimension_count", 8, GgufProblem.ImpossibleRope },
    };

    public static TheoryData<string, string, float, bool> Reals { get; } = new()
    {
        { "llama", "attention.layer_norm_rms_epsilon", -1e-9f, false },
        { "llama", "rope.freq_base", 1, true },
        { "llama", "rope.freq_base", 0.99f, false },
        { "llama", "rope.freq_base_swa", 1, true },
        { "llama", "rope.freq_base_swa", 0.99f, false },
        { "llama", "rope.scaling.factor", 0, true },
        { "llama", "rope.scaling.factor", -0.1f, false },
        { "llama", "rope.scale_linear", 0, true },
        { "llama", "rope.scale_linear", -0.1f, false },
        { "llama", "rope.scaling.attn_factor", -1, true },
        { "llama", "rope.scaling.attn_factor", float.NaN, false },
        { "llama", "rope.scaling.alpha", -1, true },
        { "llama", "rope.scaling.alpha", float.PositiveInfinity, false },
        { "gemma2", "attn_logit_softcapping", 1e-6f, true },
        { "gemma2", "attn_logit_softcapping", 0, false },
        { "gemma2", "final_logit_softcapping", 0, true },
        { "gemma2", "final_logit_softcapping", -1, false },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Validate_NumberAtItsBound_FindsTheProblem(string kind, string name, uint value, GgufProblem? problem)
    {
        var verdict = Validate(TinyModels.Of(kind).SetUInt32($"{kind}.{name}", value));

        Assert.Equal(problem, (verdict as GgufRejected)?.Problem);
    }

    [Theory]
    [MemberData(nameof(Reals))]
    public void Validate_RealAtItsBound_IsJudged(string kind, string name, float value, bool isGood)
    {
        var verdict = Validate(TinyModels.Of(kind).SetFloat32($"{kind}.{name}", value));

        Assert.Equal(isGood ? null : GgufProblem.ValueOutOfRange, (verdict as GgufRejected)?.Problem);
    }

    [Fact]
    public void Validate_NumberOfAnotherType_IsNamed()
    {
        string[] names = [.. Numbers.Select(n => n.Data.Item2).Distinct().Where(n => n is not "attention.sliding_window_pattern" && !n.StartsWith("expert_f", StringComparison.Ordinal))];
        foreach (var name in names)
        {
            var rejected = Assert.IsType<GgufRejected>(Validate(TinyModels.Of("llama").SetUInt64($"llama.{name}", 1)));
            Assert.Equal((GgufProblem.WrongValueType, $"llama.{name}"), (rejected.Problem, rejected.Key));
        }
    }

    [Fact]
    public void Validate_RealOfAnotherType_IsNamed()
    {
        foreach (var name in Reals.Select(n => n.Data.Item2).Distinct())
        {
            var rejected = Assert.IsType<GgufRejected>(Validate(TinyModels.Of("llama").SetUInt32($"llama.{name}", 1)));
            Assert.Equal((GgufProblem.WrongValueType, $"llama.{name}"), (rejected.Problem, rejected.Key));
        }
    }

    [Fact]
    public void Validate_LimitsOfTheFormat_HoldExactly()
    {
        var model = TinyModels.Of("llama")
            .SetString("x.string", new string('s', 300)).SetStringArray("x.list", [new string('e', 100), ""]).SetInt32Array("x.numbers", new int[200]);
        var exact = new GgufLimits
        {
            Keys = model.Keys.Count,
            Tensors = model.TensorNames.Count,
            KeyBytes = model.Keys.Max(Encoding.UTF8.GetByteCount),
            StringBytes = 300,
            ElementBytes = 100,
            ArrayElements = 200,
            Tokens = 24,
        };

        Assert.IsType<GgufAccepted>(Validate(model, exact));
        Refused(GgufProblem.TooManyKeys, model, exact with { Keys = exact.Keys - 1 });
        Refused(GgufProblem.TooManyTensors, model, exact with { Tensors = exact.Tensors - 1 });
        Refused(GgufProblem.InvalidKey, model, exact with { KeyBytes = exact.KeyBytes - 1 });
        Refused(GgufProblem.StringTooLong, model, exact with { StringBytes = 299 });
        Refused(GgufProblem.StringTooLong, model, exact with { ElementBytes = 99 });
        Refused(GgufProblem.ArrayTooLong, model, exact with { ArrayElements = 199 });
        Refused(GgufProblem.ArrayTooLong, model, exact with { Tokens = 23 });
    }

    [Fact]
    public void Validate_MetadataAtItsLimit_HoldsExactly()
    {
        var model = TinyModels.Of("llama").SetString("x.string", new string('s', 200_000));
        var file = model.ToArray();
        var end = (int)Assert.IsType<GgufAccepted>(Validate(model)).Summary.DataOffset;

        Assert.IsType<GgufAccepted>(Validate(model, GgufLimits.Default with { MetadataBytes = end }));
        Refused(GgufProblem.MetadataTooLarge, model, GgufLimits.Default with { MetadataBytes = end - 64 });
        Refused(GgufProblem.MetadataTooLarge, model, GgufLimits.Default with { MetadataBytes = 100_000 });
        var cut = Assert.IsType<GgufRejected>(GgufValidator.Validate(new MemoryStream(file[..100_000]), GgufLimits.Default));
        Assert.Equal((GgufProblem.Truncated, "x.string"), (cut.Problem, cut.Key));
    }

    [Fact]
    public void Validate_StreamThatGivesFewBytesAtATime_IsReadWhole()
    {
        var model = TinyModels.Of("llama", new TinyShape { Vocabulary = 30_000 }).SetString("x.string", new string('s', 200_000)).ToArray();

        Assert.IsType<GgufAccepted>(GgufValidator.Validate(new SlowStream(model), GgufLimits.Default));
    }

    [Fact]
    public void Validate_StreamThatEndsEarlierThanItSays_IsTruncated()
    {
        var model = TinyModels.Of("llama").ToArray();

        var verdict = GgufValidator.Validate(new ShrunkStream(model, 700), GgufLimits.Default);

        Assert.Equal(GgufProblem.Truncated, Assert.IsType<GgufRejected>(verdict).Problem);
    }

    [Fact]
    public void Validate_TensorNameOf63Bytes_IsAName()
    {
        var model = TinyModels.Of("llama").AddTensor(new string('n', 63), GgmlType.F32, [1, 1, 1, 2], new byte[8]);

        var rejected = Assert.IsType<GgufRejected>(Validate(model));

        Assert.Equal((GgufProblem.UnexpectedTensor, new string('n', 63)), (rejected.Problem, rejected.Tensor));
    }

    [Theory]
    [InlineData(1L << 45, 2, GgufProblem.TensorOutsideFile)]
    [InlineData(1L << 46, 1, GgufProblem.TensorOutsideFile)]
    [InlineData((1L << 46) + 1, 1, GgufProblem.TensorTooLarge)]
    [InlineData(1L << 45, 3, GgufProblem.TensorTooLarge)]
    public void Validate_LargestTensor_IsComputedWithoutOverflow(long first, long second, GgufProblem problem)
    {
        var rejected = Assert.IsType<GgufRejected>(Validate(TinyModels.Of("llama").Misdescribe("output_norm.weight", dims: [first, second])));

        Assert.Equal((problem, "output_norm.weight"), (rejected.Problem, rejected.Tensor));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(1 << 20, true)]
    [InlineData(1 << 21, false)]
    public void Validate_Alignment_IsBounded(int alignment, bool isGood)
    {
        var model = TinyModels.Of("llama");
        model.Alignment = alignment;
        model.SetUInt32("general.alignment", (uint)alignment);

        Assert.Equal(isGood ? null : GgufProblem.InvalidAlignment, (Validate(model) as GgufRejected)?.Problem);
    }

    [Fact]
    public void Validate_LastTensorWithoutPadding_IsAccepted()
    {
        var model = TinyModels.Of("llama").AddTensor("output.weight", GgmlType.F32, [32, 24], new byte[32 * 24 * 4])
            .AddTensor("blk.0.attn_k.bias", GgmlType.F32, [16], new byte[64]).AddTensor("blk.0.attn_output.bias", GgmlType.F32, [32], new byte[128]);
        var file = model.ToArray();

        Assert.IsType<GgufAccepted>(GgufValidator.Validate(new MemoryStream(file), GgufLimits.Default));
        Assert.IsType<GgufRejected>(GgufValidator.Validate(new MemoryStream(file[..^1]), GgufLimits.Default));
    }

    private static void Refused(GgufProblem problem, GgufWriter model, GgufLimits limits) =>
        Assert.Equal(problem, Assert.IsType<GgufRejected>(Validate(model, limits)).Problem);

    private static GgufVerdict Validate(GgufWriter model, GgufLimits? limits = null) =>
        GgufValidator.Validate(new MemoryStream(model.ToArray()), limits ?? GgufLimits.Default);

    /// <summary>Gives at most 1,000 bytes at a time.</summary>
    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1000));
    }

    /// <summary>Was cut after its length was asked for.</summary>
    private sealed class ShrunkStream(byte[] bytes, int end) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, (int)Math.Clamp(end - Position, 0, count));
    }
}
