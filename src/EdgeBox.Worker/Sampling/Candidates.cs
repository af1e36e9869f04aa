using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>A token that may be chosen, with its logit or its weight.</summary>
internal readonly record struct Candidate(float Value, int Token) : IComparable<Candidate>
{
    /// <summary>The larger value first; of equals the lower token first.</summary>
    public int CompareTo(Candidate other)
    {
        var byValue = other.Value.CompareTo(Value);
        return byValue != 0 ? byValue : Token.CompareTo(other.Token);
    }
}

/// <summary>Memory for choosing a token that the slots of one thread share.</summary>
internal sealed class Candidates
{
    private Candidate[] _items = [];
    private float[] _weights = [];
    private float[] _band = [];

    public int Count { get; private set; }

    public Span<Candidate> Items => _items.AsSpan(0, Count);

    /// <summary>Room for a number for each token.</summary>
    public Span<float> Weights(int vocabulary)
    {
        if (_weights.Length < vocabulary)
        {
            _weights = GC.AllocateUninitializedArray<float>(vocabulary);
        }

        return _weights.AsSpan(0, vocabulary);
    }

    /// <summary>Room for a second one.</summary>
    public Span<float> Band(int vocabulary)
    {
        if (_band.Length < vocabulary)
        {
            _band = GC.AllocateUninitializedArray<float>(vocabulary);
        }

        return _band.AsSpan(0, vocabulary);
    }

    /// <summary>Takes the k largest values above minus infinity, largest first. NaN is left out.</summary>
    public void TakeLargest(ReadOnlySpan<float> values, int k)
    {
        Reserve(Math.Min(k, values.Length));
        Count = 0;
        var at = 0;
        for (; at < values.Length && Count < k; at++)
        {
            if (values[at] > float.NegativeInfinity)
            {
                _items[Count++] = new Candidate(values[at], at);
            }
        }

        var heap = Items;
        for (var i = (Count / 2) - 1; i >= 0; i--)
        {
            SiftDown(heap, i);
        }

        while (at < values.Length && k > 0)
        {
            // Few values reach the heap, so most of the vocabulary is passed eight at a time.
            if (values.Length - at >= Vector256<float>.Count)
            {
                var block = Vector256.Create(values.Slice(at, Vector256<float>.Count));
                if (!Vector256.GreaterThanAny(block, Vector256.Create(heap[0].Value)))
                {
                    at += Vector256<float>.Count;
                    continue;
                }
            }

            for (var end = Math.Min(at + Vector256<float>.Count, values.Length); at < end; at++)
            {
                if (values[at] > heap[0].Value)
                {
                    heap[0] = new Candidate(values[at], at);
                    SiftDown(heap, 0);
                }
            }
        }

        heap.Sort();
    }

    private void Reserve(int count)
    {
        if (_items.Length < count)
        {
            Array.Resize(ref _items, count);
        }
    }

    /// <summary>Restores the heap whose root is the candidate that would be dropped first.</summary>
    private static void SiftDown(Span<Candidate> heap, int node)
    {
        while (true)
        {
            var child = (2 * node) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            if (child + 1 < heap.Length && heap[child + 1].CompareTo(heap[child]) > 0)
            {
                child++;
            }

            if (heap[child].CompareTo(heap[node]) <= 0)
            {
                return;
            }

            (heap[node], heap[child]) = (heap[child], heap[node]);
            node = child;
        }
    }
}
