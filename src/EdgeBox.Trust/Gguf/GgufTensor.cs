namespace EdgeBox.Trust.Gguf;

/// <summary>A tensor as the file describes it.</summary>
/// <param name="Name">Its name, printable ASCII.</param>
/// <param name="Type">How its numbers are stored.</param>
/// <param name="Extents">Four extents, the contiguous one first; those that the file does not give are 1.</param>
/// <param name="Offset">Where its data begins, counted from the beginning of tensor data.</param>
/// <param name="Bytes">Bytes of its data without padding.</param>
internal sealed record GgufTensor(string Name, GgufTensorType Type, IReadOnlyList<long> Extents, ulong Offset, long Bytes)
{
    public long Elements => Extents[0] * Extents[1] * Extents[2] * Extents[3];

    public string Shape => $"[{string.Join(", ", Extents.Take(1 + Enumerable.Range(0, 4).Last(i => i == 0 || Extents[i] != 1)))}]";
}

/// <summary>A tensor type of the format.</summary>
/// <param name="Number">Its number in the file.</param>
/// <param name="Name">Its name in ggml.</param>
/// <param name="BlockLength">Numbers that are stored together; a row is a whole number of blocks.</param>
/// <param name="BlockBytes">Bytes of one block.</param>
/// <param name="IsWeight">Whether the engine multiplies matrices of this type and looks rows up in them.</param>
internal sealed record GgufTensorType(uint Number, string Name, int BlockLength, int BlockBytes, bool IsWeight)
{
    // Block sizes: ggml/src/ggml-common.h of llama.cpp v0.5.0. The numbers that are missing were withdrawn from the format.
    private static readonly GgufTensorType?[] s_types = Table(
        new(0, "F32", 1, 4, true),
        new(1, "F16", 1, 2, true),
        new(2, "Q4_0", 32, 18, true),
        new(3, "Q4_1", 32, 20, true),
        new(6, "Q5_0", 32, 22, true),
        new(7, "Q5_1", 32, 24, true),
        new(8, "Q8_0", 32, 34, true),
        new(9, "Q8_1", 32, 36, false),
        new(10, "Q2_K", 256, 84, true),
        new(11, "Q3_K", 256, 110, true),
        new(12, "Q4_K", 256, 144, true),
        new(13, "Q5_K", 256, 176, true),
        new(14, "Q6_K", 256, 210, true),
        new(15, "Q8_K", 256, 292, false),
        new(16, "IQ2_XXS", 256, 66, true),
        new(17, "IQ2_XS", 256, 74, true),
        new(18, "IQ3_XXS", 256, 98, true),
        new(19, "IQ1_S", 256, 50, true),
        new(20, "IQ4_NL", 32, 18, true),
        new(21, "IQ3_S", 256, 110, true),
        new(22, "IQ2_S", 256, 82, true),
        new(23, "IQ4_XS", 256, 136, true),
        new(24, "I8", 1, 1, false),
        new(25, "I16", 1, 2, false),
        new(26, "I32", 1, 4, false),
        new(27, "I64", 1, 8, false),
        new(28, "F64", 1, 8, false),
        new(29, "IQ1_M", 256, 56, true),
        new(30, "BF16", 1, 2, true),
        new(34, "TQ1_0", 256, 54, true),
        new(35, "TQ2_0", 256, 66, true),
        new(39, "MXFP4", 32, 17, true),
        new(40, "NVFP4", 64, 36, false),
        new(41, "Q1_0", 128, 18, false),
        new(42, "Q2_0", 64, 18, false));

    public bool IsF32 => Number == 0;

    public static GgufTensorType? Find(uint number) => number < s_types.Length ? s_types[number] : null;

    private static GgufTensorType?[] Table(params GgufTensorType[] types)
    {
        var table = new GgufTensorType?[types[^1].Number + 1];
        foreach (var type in types)
        {
            table[type.Number] = type;
        }

        return table;
    }
}
