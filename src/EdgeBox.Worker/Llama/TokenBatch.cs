namespace EdgeBox.Worker.Llama;

/// <summary>The tokens of one step, each of one sequence, in arrays that the engine reads in place.</summary>
internal sealed unsafe class TokenBatch
{
    private readonly int[] _tokens;
    private readonly int[] _positions;
    private readonly int[] _sequenceCounts;
    private readonly int[] _sequences;
    private readonly nint[] _sequencePointers;
    private readonly sbyte[] _outputs;

    public TokenBatch(int capacity)
    {
        Capacity = capacity;
        _tokens = Pinned<int>(capacity);
        _positions = Pinned<int>(capacity);
        _sequenceCounts = Pinned<int>(capacity);
        _sequences = Pinned<int>(capacity);
        _sequencePointers = Pinned<nint>(capacity);
        _outputs = Pinned<sbyte>(capacity);
        _sequenceCounts.AsSpan().Fill(1);
        fixed (int* sequences = _sequences)
        {
            for (var i = 0; i < capacity; i++)
            {
                _sequencePointers[i] = (nint)(sequences + i);
            }
        }
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Adds a token and returns its index in the batch.</summary>
    public int Add(int token, int position, int sequence, bool output)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Count, Capacity);
        _tokens[Count] = token;
        _positions[Count] = position;
        _sequences[Count] = sequence;
        _outputs[Count] = output ? (sbyte)1 : (sbyte)0;
        return Count++;
    }

    /// <summary>What the engine is given. Valid as long as this object is, since its arrays do not move.</summary>
    internal llama_batch ToNative()
    {
        fixed (int* tokens = _tokens, positions = _positions, counts = _sequenceCounts)
        fixed (nint* sequences = _sequencePointers)
        fixed (sbyte* outputs = _outputs)
        {
            return new llama_batch
            {
                n_tokens = Count, token = tokens, pos = positions, n_seq_id = counts, seq_id = (int**)sequences, logits = outputs,
            };
        }
    }

    private static T[] Pinned<T>(int length)
        where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);
}
