using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Batching;

/// <summary>Makes one vector of the vectors of a text's tokens, which may come over several steps.</summary>
internal sealed class Pooler(Pooling pooling, int length)
{
    private readonly double[] _sum = new double[length];
    private int _count;

    /// <summary>Takes the vector of a token.</summary>
    public void Add(ReadOnlySpan<float> vector, int position, bool isLast)
    {
        var wanted = pooling switch
        {
            Pooling.First => position == 0,
            Pooling.Last => isLast,
            _ => true,
        };
        if (!wanted)
        {
            return;
        }

        _count++;
        for (var i = 0; i < length && i < vector.Length; i++)
        {
            _sum[i] += vector[i];
        }
    }

    /// <summary>The vector of the text; what comes next belongs to another.</summary>
    public float[] Take()
    {
        var vector = Array.ConvertAll(_sum, s => (float)(s / Math.Max(1, _count)));
        Array.Clear(_sum);
        _count = 0;
        return vector;
    }

    /// <summary>Gives a vector the length 1; a vector of zeros stays. False if it is not made of numbers.</summary>
    public static bool Normalise(Span<float> vector)
    {
        var squares = 0.0;
        foreach (var value in vector)
        {
            squares += (double)value * value;
        }

        if (!double.IsFinite(squares))
        {
            return false;
        }

        var factor = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        foreach (ref var value in vector)
        {
            value = (float)(value * factor);
        }

        return true;
    }
}
