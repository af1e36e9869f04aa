using System.Buffers.Binary;

namespace EdgeBox.Testing.Gguf;

/// <summary>Encodes rows of numbers in ggml's tensor types.</summary>
public static class Ggml
{
    private static readonly float[] s_fp4 = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6];

    /// <summary>Numbers and bytes of one block of each type of the format, also of those that are not encoded here.</summary>
    public static IReadOnlyDictionary<uint, (int Length, int Bytes)> Blocks { get; } = new Dictionary<uint, (int, int)>
    {
        [0] = (1, 4), [1] = (1, 2), [2] = (32, 18), [3] = (32, 20), [6] = (32, 22), [7] = (32, 24), [8] = (32, 34), [9] = (32, 36),
        [10] = (256, 84), [11] = (256, 110), [12] = (256, 144), [13] = (256, 176), [14] = (256, 210), [15] = (256, 292),
        [16] = (256, 66), [17] = (256, 74), [18] = (256, 98), [19] = (256, 50), [20] = (32, 18), [21] = (256, 110), [22] = (256, 82),
        [23] = (256, 136), [24] = (1, 1), [25] = (1, 2), [26] = (1, 4), [27] = (1, 8), [28] = (1, 8), [29] = (256, 56), [30] = (1, 2),
        [34] = (256, 54), [35] = (256, 66), [39] = (32, 17), [40] = (64, 36), [41] = (128, 18), [42] = (64, 18),
    };

    /// <summary>Numbers in one block of a type; a row is a whole number of blocks.</summary>
    public static int BlockLength(GgmlType type) => type is GgmlType.Q80 or GgmlType.MXFP4 ? 32 : 1;

    /// <summary>Bytes of one block of a type.</summary>
    public static int BlockBytes(GgmlType type) => type switch
    {
        GgmlType.F32 => 4,
        GgmlType.F16 or GgmlType.BF16 => 2,
        GgmlType.Q80 => 34,
        GgmlType.MXFP4 => 17,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Bytes of a tensor without padding.</summary>
    public static long SizeOf(GgmlType type, IReadOnlyList<long> dims)
    {
        if (dims[0] % BlockLength(type) != 0)
        {
            throw new ArgumentException($"{dims[0]} is not a multiple of {BlockLength(type)}, the block of {type}");
        }

        return dims.Aggregate(1L, (a, b) => a * b) / BlockLength(type) * BlockBytes(type);
    }

    /// <summary>Encodes numbers, rounding to the nearest that the type can hold.</summary>
    public static byte[] Encode(GgmlType type, ReadOnlySpan<float> values)
    {
        var bytes = new byte[SizeOf(type, [values.Length])];
        switch (type)
        {
            case GgmlType.F32:
                for (var i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
                }

                break;
            case GgmlType.F16:
                for (var i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values[i]);
                }

                break;
            case GgmlType.BF16:
                for (var i = 0; i < values.Length; i++)
                {
                    var bits = BitConverter.SingleToUInt32Bits(values[i]);
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
                }

                break;
            default:
                for (var block = 0; block < values.Length / 32; block++)
                {
                    var target = bytes.AsSpan(block * BlockBytes(type), BlockBytes(type));
                    EncodeBlock(type, values.Slice(32 * block, 32), target);
                }

                break;
        }

        return bytes;
    }

    private static void EncodeBlock(GgmlType type, ReadOnlySpan<float> values, Span<byte> target)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (type == GgmlType.Q80)
        {
            var scale = (Half)(largest / 127);
            BinaryPrimitives.WriteHalfLittleEndian(target, scale);
            for (var i = 0; i < 32; i++)
            {
                target[2 + i] = scale == Half.Zero ? (byte)0 : unchecked((byte)(sbyte)Math.Clamp(Math.Round(values[i] / (float)scale), -127, 127));
            }

            return;
        }

        // The smallest power of two at which 6, the largest FP4 number, reaches the largest value.
        var exponent = largest == 0 ? 0 : Math.Clamp((int)Math.Ceiling(Math.Log2(largest / 6)) + 127, 0, 254);
        var unit = Math.Pow(2, exponent - 127);
        target[0] = (byte)exponent;
        for (var i = 0; i < 16; i++)
        {
            target[1 + i] = (byte)(Nibble(values[i] / unit) | (Nibble(values[i + 16] / unit) << 4));
        }
    }

    private static int Nibble(double value)
    {
        var best = 0;
        for (var i = 1; i < s_fp4.Length; i++)
        {
            if (Math.Abs(Math.Abs(value) - s_fp4[i]) < Math.Abs(Math.Abs(value) - s_fp4[best]))
            {
                best = i;
            }
        }

        return value < 0 ? best | 8 : best;
    }
}
