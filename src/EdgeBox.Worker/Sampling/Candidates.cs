using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Sampling;

/// <summary>Memory for choosing a token. It belongs to a thread, and serves all samplers that the thread runs.</summary>
internal sealed class Candidates
{
    private Candidate[] _items = [];
    private float[] _weights = [];
    private float[] _tops = [];
    private double[] _sums = [];
    private float[] _peaks = [];
    private float[] _band = [];
    private float[] _spare = [];
    private float[] _raw = [];
    private int[] _keys = [];

    public int Count { get; private set; }

    public Span<Candidate> Items => _items.AsSpan(0, Count);

    /// <summary>For each token that would lengthen a phrase, the longest phrase that it would; empty between uses.</summary>
    public Dictionary<int, int> Phrases { get; } = [];

    /// <summary>Room for a weight for each token.</summary>
    public Weights Weights(int vocabulary)
    {
        var blocks = Blocks.Count(vocabulary);
        return new Weights(Room(ref _weights, vocabulary), Room(ref _sums, blocks), Room(ref _tops, blocks));
    }

    /// <summary>Room for the largest number of each block.</summary>
    public Span<float> Peaks(int vocabulary) => Room(ref _peaks, Blocks.Count(vocabulary));

    /// <summary>Room for the logits as the model gave them.</summary>
    public Span<float> Raw(int vocabulary) => Room(ref _raw, vocabulary);

    /// <summary>Room for a second set of logits.</summary>
    public Span<float> Spare(int vocabulary) => Room(ref _spare, vocabulary);

    /// <summary>Room for numbers beside <see cref="Keys"/>.</summary>
    public Span<float> Band(int count) => Room(ref _band, count);

    /// <summary>Room for whole numbers.</summary>
    public Span<int> Keys(int count) => Room(ref _keys, count);

    /// <summary>Takes the k largest values above minus infinity, largest first. NaN is left out.</summary>
    public void TakeLargest(ReadOnlySpan<float> values, int k)
    {
        var peaks = Peaks(values.Length);
        Blocks.Peaks(values, peaks);
        TakeLargest(values, peaks, k);
    }

    /// <summary>Takes the k largest values above minus infinity, largest first. NaN is left out.</summary>
    /// <param name="values">One for each token.</param>
    /// <param name="peaks">The largest of each block of values.</param>
    /// <param name="k">At least 1.</param>
    public void TakeLargest(ReadOnlySpan<float> values, ReadOnlySpan<float> peaks, int k)
    {
        _ = Room(ref _items, Math.Min(k, values.Length));
        var least = float.MinValue;
        if (k <= peaks.Length / 2)
        {
            // The k-th largest peak is no larger than the k-th largest value: few blocks are looked into.
            Count = 0;
            Fill(peaks, 0, least, k);
            least = Count == k ? _items[0].Value : least;
        }

        Count = 0;
        for (var block = 0; block < peaks.Length; block++)
        {
            if (peaks[block] >= least && (Count < k || peaks[block] > _items[0].Value))
            {
                Fill(Blocks.At(values, block), block * Blocks.Size, least, k);
            }
        }

        Items.Sort();
    }

    /// <summary>Puts those values into the heap that are large enough for it; the heap is one once it holds k.</summary>
    private void Fill(ReadOnlySpan<float> values, int first, float least, int k)
    {
        for (var start = 0; start < values.Length; start += Vector256<float>.Count)
        {
            if (values.Length - start >= Vector256<float>.Count)
            {
                var some = Vector256.Create(values.Slice(start, Vector256<float>.Count));
                if (!Vector256.GreaterThanOrEqualAny(some, Vector256.Create(least)))
                {
                    continue;
                }
            }

            for (var i = start; i < Math.Min(start + Vector256<float>.Count, values.Length); i++)
            {
                if (!(values[i] >= least))
                {
                    continue;
                }

                if (Count < k)
                {
                    _items[Count++] = new Candidate(values[i], first + i);
                    if (Count == k)
                    {
                        Heapify();
                    }
                }
                else if (values[i] > _items[0].Value)
                {
                    _items[0] = new Candidate(values[i], first + i);
                    SiftDown(Items, 0);
                }
            }
        }
    }

    private static Span<T> Room<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = GC.AllocateUninitializedArray<T>(length);
        }

        return array.AsSpan(0, length);
    }

    private void Heapify()
    {
        for (var i = (Count / 2) - 1; i >= 0; i--)
        {
            SiftDown(Items, i);
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
