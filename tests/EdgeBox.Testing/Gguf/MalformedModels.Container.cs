using EdgeBox.Trust.Gguf;

namespace EdgeBox.Testing.Gguf;

/// <summary>Faults of the file format: header, values and the table of tensors.</summary>
public static partial class MalformedModels
{
    private const string First = "token_embd.weight";
    private const string Second = "blk.0.attn_norm.weight";

    private static IEnumerable<MalformedModel> Headers() =>
    [
        new("empty", () => [], GgufProblem.Truncated),
        new("three-bytes", () => "GGU"u8.ToArray(), GgufProblem.Truncated),
        new("only-magic", () => "GGUF"u8.ToArray(), GgufProblem.Truncated),
        Patched("wrong-magic", f => Put(f, 0, 0x46554758, 4), GgufProblem.NotGguf),
        new("elf-program", () => [0x7F, 0x45, 0x4C, 0x46, .. new byte[64]], GgufProblem.NotGguf),
        Patched("version-1", f => Put(f, 4, 1, 4), GgufProblem.UnsupportedVersion),
        Patched("version-4", f => Put(f, 4, 4, 4), GgufProblem.UnsupportedVersion),
        Patched("big-endian", f => Put(f, 4, 0x03000000, 4), GgufProblem.BigEndian),
        Patched("header-cut", f => f[..20], GgufProblem.Truncated),
        Patched("absurd-tensor-count", f => Put(f, 8, ulong.MaxValue), GgufProblem.TooManyTensors),
        Patched("negative-tensor-count", f => Put(f, 8, 1ul << 63), GgufProblem.TooManyTensors),
        Patched("absurd-key-count", f => Put(f, 16, 1ul << 40), GgufProblem.TooManyKeys),
        Patched("one-key-too-many", f => Put(f, 16, 4097), GgufProblem.TooManyKeys),
        Patched("metadata-cut", f => f[..1000], GgufProblem.Truncated, "tokenizer.ggml.tokens"),
    ];

    private static IEnumerable<MalformedModel> Values() =>
    [
        Patched("key-of-no-length", f => Put(f, 24, 0), GgufProblem.InvalidKey),
        Patched("key-longer-than-file", f => Put(f, 24, 1ul << 62), GgufProblem.InvalidKey),
        Patched("key-not-utf8", f => Put(f, 32, 0xFF, 1), GgufProblem.InvalidUtf8),
        Patched("key-with-zero", f => Put(f, 33, 0, 1), GgufProblem.InvalidKey),
        Of("duplicate-key", Llama, w => w.AppendRaw("llama.block_count", 4, U32(1)), GgufProblem.DuplicateKey, "llama.block_count"),
        Of("value-of-unknown-type", Llama, w => w.SetRaw("general.name", 13, U64(0)), GgufProblem.UnknownValueType, "general.name"),
        Of("array-of-unknown-type", Llama, w => w.SetRaw("x.y", 9, [.. U32(77), .. U64(1), .. U64(0)]), GgufProblem.UnknownValueType, "x.y"),
        Of("array-of-arrays", Llama, w => w.SetRaw("x.y", 9, [.. U32(9), .. U64(1), .. U32(4), .. U64(0)]), GgufProblem.NestedArray, "x.y"),
        Of("absurd-array", Llama, w => w.SetRaw("x.y", 9, [.. U32(4), .. U64(1ul << 60)]), GgufProblem.ArrayTooLong, "x.y"),
        Of("array-longer-than-file", Llama, w => w.SetRaw("x.y", 9, [.. U32(8), .. U64(1 << 22)]), GgufProblem.Truncated, "x.y"),
        Of("absurd-string", Llama, w => w.SetRaw("general.name", 8, U64(ulong.MaxValue)), GgufProblem.StringTooLong, "general.name"),
        Of("string-longer-than-file", Llama, w => w.SetRaw("general.name", 8, U64(1 << 24)), GgufProblem.Truncated, "general.name"),
        Of("string-not-utf8", Llama, w => w.SetRaw("general.name", 8, [.. U64(2), 0xC3, 0x28]), GgufProblem.InvalidUtf8, "general.name"),
        Of("element-not-utf8", Llama, w => w.SetRaw("x.y", 9, [.. U32(8), .. U64(1), .. U64(1), 0x80]), GgufProblem.InvalidUtf8, "x.y"),
        Of("absurd-element", Llama, w => w.SetRaw("x.y", 9, [.. U32(8), .. U64(1), .. U64(65537)]), GgufProblem.StringTooLong, "x.y"),
        Of("boolean-of-2", Llama, w => w.SetRaw("x.y", 7, [2]), GgufProblem.InvalidBoolean, "x.y"),
        Of("array-of-boolean-2", Llama, w => w.SetRaw("x.y", 9, [.. U32(7), .. U64(2), 1, 2]), GgufProblem.InvalidBoolean, "x.y"),
        Of("alignment-of-0", Llama, w => w.SetUInt32("general.alignment", 0), GgufProblem.InvalidAlignment, "general.alignment"),
        Of("alignment-of-8", Llama, w => w.SetUInt32("general.alignment", 8), GgufProblem.InvalidAlignment, "general.alignment"),
        Of("alignment-of-48", Llama, w => w.SetUInt32("general.alignment", 48), GgufProblem.InvalidAlignment, "general.alignment"),
        Of("alignment-of-2-gib", Llama, w => w.SetUInt32("general.alignment", 1u << 31), GgufProblem.InvalidAlignment, "general.alignment"),
        Of("alignment-a-string", Llama, w => w.SetString("general.alignment", "32"), GgufProblem.WrongValueType, "general.alignment"),
    ];

    private static IEnumerable<MalformedModel> TensorTable() =>
    [
        Patched("tensor-name-of-no-length", f => Put(f, Find(f, First) - 8, 0), GgufProblem.InvalidTensorName),
        Patched("tensor-name-longer-than-file", f => Put(f, Find(f, First) - 8, 1ul << 50), GgufProblem.InvalidTensorName),
        Of("tensor-name-of-64", Llama, w => w.Misdescribe(First, newName: new string('a', 64)), GgufProblem.InvalidTensorName),
        Patched("tensor-name-with-zero", f => Put(f, Find(f, First) + 2, 0, 1), GgufProblem.InvalidTensorName),
        Of("duplicate-tensor", Llama, w => w.Misdescribe("blk.0.ffn_norm.weight", newName: Second), GgufProblem.DuplicateTensor, tensor: Second),
        Of("tensor-of-no-dimensions", Llama, w => w.Misdescribe(Second, dims: []), GgufProblem.InvalidDimensions, tensor: Second),
        Of("tensor-of-5-dimensions", Llama, w => w.Misdescribe(Second, dims: [32, 1, 1, 1, 1]), GgufProblem.InvalidDimensions, tensor: Second),
        Of("extent-of-0", Llama, w => w.Misdescribe(Second, dims: [0]), GgufProblem.InvalidDimensions, tensor: Second),
        Of("negative-extent", Llama, w => w.Misdescribe(Second, dims: [-1]), GgufProblem.TensorTooLarge, tensor: Second),
        Of("extents-that-overflow", Llama, w => w.Misdescribe(Second, dims: [1L << 32, 1L << 32]), GgufProblem.TensorTooLarge, tensor: Second),
        Of("withdrawn-tensor-type", Llama, w => w.Misdescribe(First, type: 4), GgufProblem.UnknownTensorType, tensor: First),
        Of("absurd-tensor-type", Llama, w => w.Misdescribe(First, type: uint.MaxValue), GgufProblem.UnknownTensorType, tensor: First),
        Of("ragged-row", Llama, w => w.Misdescribe(First, type: 12), GgufProblem.RaggedRow, tensor: First),
        Of("misaligned-tensor", Llama, w => w.Misdescribe(Second, offset: 34820), GgufProblem.MisalignedTensor, tensor: Second),
        Of("overlapping-tensors", Llama, w => w.Misdescribe(Second, offset: 32), GgufProblem.OverlappingTensor, tensor: Second),
        Of("gap-before-tensor", Llama, w => w.Misdescribe(Second, offset: 1 << 20), GgufProblem.TensorGap, tensor: Second),
        Of("first-tensor-beyond-file", Llama, w => w.Misdescribe(First, offset: 1ul << 62), GgufProblem.TensorGap, tensor: First),
        Of("tensor-larger-than-file", Llama, w => w.Misdescribe(First, dims: [32, 1L << 40]), GgufProblem.TensorOutsideFile, tensor: First),
        Patched("data-cut", f => f[..^64], GgufProblem.TensorOutsideFile, tensor: "output.weight"),
        Patched("data-missing", f => f[..Find(f, "output.weight", Find(f, "output_norm.weight"))], GgufProblem.Truncated),
        Patched("tensor-table-cut", f => f[..(Find(f, First) + First.Length + 6)], GgufProblem.Truncated, tensor: First),
    ];
}
