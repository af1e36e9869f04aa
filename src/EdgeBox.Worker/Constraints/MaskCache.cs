namespace EdgeBox.Worker.Constraints;

/// <summary>Remembers the masks of states up to so many bytes, and forgets first what was not used for longest.</summary>
internal sealed class MaskCache(long capacity)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(AutomatonState State, long Bytes)> _used = new();
    private readonly Dictionary<AutomatonState, LinkedListNode<(AutomatonState State, long Bytes)>> _known = new(ReferenceEqualityComparer.Instance);
    private long _bytes;

    /// <summary>Bytes that are remembered.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Notes that a mask was used.</summary>
    public void Touch(AutomatonState state)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(state, out var node) && node != _used.First)
            {
                _used.Remove(node);
                _used.AddFirst(node);
            }
        }
    }

    public void Put(AutomatonState state, TokenMask mask)
    {
        lock (_gate)
        {
            Add(state, mask.Bytes);
            state.Mask = mask;
        }
    }

    public void Put(AutomatonState state, LocalMask mask)
    {
        lock (_gate)
        {
            Add(state, mask.Bytes);
            state.Local = mask;
        }
    }

    /// <summary>Forgets the masks of a space that is given up.</summary>
    public void Drop(StateSpace space)
    {
        lock (_gate)
        {
            for (var node = _used.First; node is not null;)
            {
                var next = node.Next;
                if (ReferenceEquals(node.Value.State.Space, space))
                {
                    Forget(node);
                }

                node = next;
            }
        }
    }

    private void Add(AutomatonState state, long bytes)
    {
        if (_known.TryGetValue(state, out var old))
        {
            Forget(old);
        }

        _known.Add(state, _used.AddFirst((state, bytes)));
        _bytes += bytes;
        while (_bytes > capacity && _used.Last is { } last && last != _used.First)
        {
            Forget(last);
        }
    }

    private void Forget(LinkedListNode<(AutomatonState State, long Bytes)> node)
    {
        _used.Remove(node);
        _known.Remove(node.Value.State);
        _bytes -= node.Value.Bytes;
        node.Value.State.Mask = null;
        node.Value.State.Local = null;
    }
}
