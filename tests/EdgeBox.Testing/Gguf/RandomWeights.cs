namespace EdgeBox.Testing.Gguf;

/// <summary>Weights drawn from a seed, written in pieces so that a large tensor is never held in memory.</summary>
public sealed class RandomWeights(ulong seed)
{
    private const int Piece = 1 << 15;
    private ulong _state = seed;

    /// <summary>A writer of a tensor whose numbers have a bell-shaped distribution around 0; the same seed and name give the same bytes.</summary>
    /// <remarks>One that repeats holds a piece of so many numbers again and again.</remarks>
    public static Action<Stream> Tensor(ulong seed, string name, GgmlType type, long[] dims, float deviation, bool repeats = false) => stream =>
    {
        var weights = new RandomWeights(seed ^ Hash(name));
        var left = dims.Aggregate(1L, (a, b) => a * b);
        var piece = repeats && left > Piece ? weights.Encoded(type, Piece, deviation) : null;
        while (left > 0)
        {
            var count = (int)Math.Min(left, Piece);
            stream.Write(piece is not null && count == Piece ? piece : weights.Encoded(type, count, deviation));
            left -= count;
        }
    };

    /// <summary>A writer of a tensor that holds one number everywhere.</summary>
    public static Action<Stream> Constant(long[] dims, float value) => stream =>
    {
        var values = new float[dims.Aggregate(1L, (a, b) => a * b)];
        Array.Fill(values, value);
        stream.Write(Ggml.Encode(GgmlType.F32, values));
    };

    /// <summary>The sum of four uniform numbers, scaled to the standard deviation asked for.</summary>
    public float Next(float deviation)
    {
        var bits = NextBits();
        var sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        return (sum - 131070) / 37837f * deviation;
    }

    public ulong NextBits()
    {
        // SplitMix64: a stream that no release of the runtime will change.
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private byte[] Encoded(GgmlType type, int count, float deviation)
    {
        if (type is GgmlType.Q80 or GgmlType.MXFP4)
        {
            return Blocks(type, count, deviation);
        }

        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Next(deviation);
        }

        return Ggml.Encode(type, values);
    }

    /// <summary>Draws the quantised form itself: much quicker than quantising, and as good for random weights.</summary>
    private byte[] Blocks(GgmlType type, int count, float deviation)
    {
        var size = Ggml.BlockBytes(type);
        var bytes = new byte[count / 32 * size];
        Span<byte> scale = stackalloc byte[2];
        BitConverter.TryWriteBytes(scale, (Half)(deviation / 74));
        var exponent = (byte)(127 + Math.Round(Math.Log2(deviation / 2.6)));
        for (var at = 0; at < bytes.Length; at += size)
        {
            var body = bytes.AsSpan(at, size);
            if (type == GgmlType.Q80)
            {
                scale.CopyTo(body);
                body = body[2..];
            }
            else
            {
                body[0] = exponent;
                body = body[1..];
            }

            for (; body.Length > 0; body = body[8..])
            {
                BitConverter.TryWriteBytes(body, NextBits());
            }
        }

        return bytes;
    }

    private static ulong Hash(string name)
    {
        var hash = 14695981039346656037ul;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 1099511628211ul;
        }

        return hash;
    }
}
