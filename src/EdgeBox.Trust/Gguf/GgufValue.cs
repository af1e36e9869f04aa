namespace EdgeBox.Trust.Gguf;

/// <summary>The types of values, with their number in the file.</summary>
internal enum GgufValueType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Boolean = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>The value of a key; of long arrays and strings that nobody asks for only the facts are kept.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Bits">A number's or Boolean's bytes, zero-extended.</param>
/// <param name="Text">A string's text, if it was kept.</param>
/// <param name="ElementType">What an array holds.</param>
/// <param name="Count">Elements of an array.</param>
/// <param name="Elements">The elements of a short array of 4-byte numbers or Booleans.</param>
internal sealed record GgufValue(
    GgufValueType Type, ulong Bits = 0, string? Text = null, GgufValueType ElementType = default, int Count = 0, IReadOnlyList<uint>? Elements = null)
{
    public float Float32 => BitConverter.UInt32BitsToSingle((uint)Bits);

    public bool IsArrayOf(GgufValueType type) => Type == GgufValueType.Array && ElementType == type;

    /// <summary>Bytes of one value of a type; 0 for strings, arrays and what does not exist.</summary>
    public static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };
}
