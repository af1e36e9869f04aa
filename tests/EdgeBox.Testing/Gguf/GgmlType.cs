namespace EdgeBox.Testing.Gguf;

/// <summary>The tensor types that the writer can encode, with their number in a GGUF file.</summary>
public enum GgmlType
{
    F32 = 0,
    F16 = 1,
    /// <summary>Q8_0: blocks of 32 bytes with an F16 scale.</summary>
    Q80 = 8,
    BF16 = 30,
    /// <summary>Blocks of 32 four-bit numbers with a power of two as scale.</summary>
    MXFP4 = 39,
}
