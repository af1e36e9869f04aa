using EdgeBox.Worker.Caching;

namespace EdgeBox.Worker.Llama;

/// <summary>What a context is made for.</summary>
internal sealed record ContextShape
{
    /// <summary>Cells of all sequences together.</summary>
    public required int Cells { get; init; }

    /// <summary>Sequences at once; at most 256.</summary>
    public required int Sequences { get; init; }

    /// <summary>Most tokens in one step.</summary>
    public required int BatchTokens { get; init; }

    /// <summary>Most tokens of one step whose output is wanted. It sizes the compute buffer: 0 would mean every token.</summary>
    public required int Outputs { get; init; }

    public required int Threads { get; init; }

    /// <summary>Whether vectors are wanted and not logits.</summary>
    public bool Embeddings { get; init; }

    public Pooling Pooling { get; init; } = Pooling.Unspecified;
}

/// <summary>The state of sequences on a model. It belongs to one thread.</summary>
internal sealed unsafe class LlamaContext : ISequenceMemory, IDisposable
{
    private readonly ContextHandle _handle;
    private readonly nint _memory;
    private readonly int _vocabulary;
    private readonly int _embedding;
    private readonly int _pooled;

    /// <exception cref="EngineException">The engine cannot make it, for example for want of memory.</exception>
    public LlamaContext(LlamaModel model, ContextShape shape, EngineLog log)
    {
        var parameters = NativeMethods.llama_context_default_params();
        parameters.n_ctx = (uint)shape.Cells;
        parameters.n_batch = (uint)shape.BatchTokens;
        parameters.n_ubatch = (uint)shape.BatchTokens;
        parameters.n_seq_max = (uint)shape.Sequences;
        parameters.n_outputs_max = (uint)shape.Outputs;
        parameters.n_threads = shape.Threads;
        parameters.n_threads_batch = shape.Threads;
        parameters.embeddings = shape.Embeddings;
        parameters.pooling_type = (int)shape.Pooling;

        // Layers with a sliding window keep the window and no more; KvCache shares a prefix only where the window is still there.
        parameters.swa_full = false;

        // One pool of cells: a step is one pass over the weights whichever sequences take part. With a pool for each sequence
        // the engine splits a step at every gap in their numbers and wherever their token counts differ.
        parameters.kv_unified = true;
        _handle = new ContextHandle(model.Handle, parameters);
        if (_handle.IsInvalid)
        {
            throw new EngineException(log.TakeComplaints());
        }

        _memory = NativeMethods.llama_get_memory(_handle);
        _vocabulary = model.Vocabulary.Count;
        _embedding = model.EmbeddingLength;
        _pooled = shape.Pooling == Pooling.Rank ? model.Classes : _embedding;
    }

    /// <summary>Whether it remembers tokens between steps; an encoder does not.</summary>
    public bool HasMemory => _memory != 0;

    /// <summary>What it and its model take, device by device; without the memory for outputs.</summary>
    public IReadOnlyList<MemoryShare> Memory => MemoryBreakdown.Of(_handle);

    /// <summary>Runs one step.</summary>
    /// <returns>0 done; 1 no room; 2 aborted; negative: failed (llama_decode).</returns>
    public int Decode(TokenBatch batch) => NativeMethods.llama_decode(_handle, batch.ToNative());

    /// <summary>Runs one step of a model without memory.</summary>
    /// <returns>0 done; negative: failed (llama_encode).</returns>
    public int Encode(TokenBatch batch) => NativeMethods.llama_encode(_handle, batch.ToNative());

    /// <summary>Waits until the device is done with the step.</summary>
    public void Synchronize() => NativeMethods.llama_synchronize(_handle);

    /// <summary>The logits of a token of the last step, by its index in the batch; they may be changed. Empty if there are none.</summary>
    public Span<float> Logits(int index)
    {
        var start = NativeMethods.llama_get_logits_ith(_handle, index);
        return start is null ? [] : new Span<float>(start, _vocabulary);
    }

    /// <summary>The vector of a token of the last step, by its index in the batch. Empty if there is none.</summary>
    public ReadOnlySpan<float> TokenEmbedding(int index)
    {
        var start = NativeMethods.llama_get_embeddings_ith(_handle, index);
        return start is null ? [] : new ReadOnlySpan<float>(start, _embedding);
    }

    /// <summary>The pooled vector of a sequence of the last step, or its scores. Empty if there is none.</summary>
    public ReadOnlySpan<float> SequenceEmbedding(int sequence)
    {
        var start = NativeMethods.llama_get_embeddings_seq(_handle, sequence);
        return start is null ? [] : new ReadOnlySpan<float>(start, _pooled);
    }

    /// <summary>Where the logits of a token of the last step are, by its index in the batch; 0 if there are none. Valid until the next step.</summary>
    public nint LogitsAddress(int index) => (nint)NativeMethods.llama_get_logits_ith(_handle, index);

    /// <summary>The logits at an address; they may be changed.</summary>
    public Span<float> LogitsAt(nint address) => address == 0 ? [] : new Span<float>((float*)address, _vocabulary);

    /// <inheritdoc/>
    public void Remove(int sequence, int from)
    {
        if (HasMemory)
        {
            NativeMethods.llama_memory_seq_rm(_memory, sequence, from, -1);
        }
    }

    /// <inheritdoc/>
    public void Share(int source, int target, int length) => NativeMethods.llama_memory_seq_cp(_memory, source, target, 0, length);

    /// <inheritdoc/>
    public int FirstPosition(int sequence) => NativeMethods.llama_memory_seq_pos_min(_memory, sequence);

    /// <inheritdoc/>
    public ISequenceCopy? Copy(int sequence, long mostBytes)
    {
        var bytes = NativeMethods.llama_state_seq_get_size_ext(_handle, sequence, 0);
        if (bytes == 0 || bytes > (ulong)mostBytes)
        {
            return null;
        }

        var copy = new SequenceCopy(bytes);
        if (!copy.IsInvalid && NativeMethods.llama_state_seq_get_data_ext(_handle, copy, bytes, sequence, 0) == bytes)
        {
            return copy;
        }

        copy.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public bool PutBack(ISequenceCopy copy, int sequence)
    {
        if (NativeMethods.llama_state_seq_set_data_ext(_handle, (SequenceCopy)copy, (nuint)copy.Bytes, sequence, 0) == (nuint)copy.Bytes)
        {
            return true;
        }

        Remove(sequence, 0);
        return false;
    }

    public void Dispose() => _handle.Dispose();
}
