namespace EdgeBox.Worker.Caching;

/// <summary>Shares out the cells of one context: to requests, and to texts that are kept in case they come again.</summary>
/// <remarks>
/// A request is let in when all cells that it may come to need can be had, so that none fails in the middle. Kept texts give way,
/// the least recently used one first. A text is found only by requests of its own domain.
/// In layers with a sliding window the cells before the window are used anew, so of a sequence that has moved on only what its
/// window still covers can be shared; therefore prompts are kept at their end as well, and where they fork.
/// It belongs to the decode thread.
/// </remarks>
internal sealed class KvCache
{
    /// <summary>Shorter texts are read as quickly as they are found.</summary>
    public const int LeastKept = 16;

    // Every step looks at all cells in use, whoever has them: what is kept costs all answers a little time.
    private const int PartKept = 4;

    private readonly ISequenceMemory _memory;
    private readonly CellLedger _ledger;
    private readonly int _window;
    private readonly int _mostKept;
    private readonly Stack<int> _sequences;
    private readonly List<Lease> _leases = [];
    private readonly List<KeptPrefix> _kept = [];
    private long _clock;

    /// <param name="memory">The engine's.</param>
    /// <param name="cells">Cells of the context.</param>
    /// <param name="sequences">Sequences that the context was made for; those that requests do not have may be kept.</param>
    /// <param name="window">Tokens that layers with a sliding window look back at; 0 if there are none.</param>
    public KvCache(ISequenceMemory memory, int cells, int sequences, int window)
    {
        _memory = memory;
        _ledger = new CellLedger(cells, sequences);
        _window = window;
        _mostKept = cells / PartKept;
        _sequences = new Stack<int>(Enumerable.Range(0, sequences).Reverse());
    }

    /// <summary>Cells in all.</summary>
    public int Cells => _ledger.Cells;

    /// <summary>Cells that requests hold.</summary>
    public int UsedCells => _ledger.Used - KeptCells;

    /// <summary>Cells that only kept texts hold.</summary>
    public int KeptCells { get; private set; }

    /// <summary>Texts that are kept.</summary>
    public int Kept => _kept.Count;

    /// <summary>Lets a request in if its cells can be had.</summary>
    /// <param name="domain">Who may share its text; empty: nobody.</param>
    /// <param name="prompt">What it begins with; not empty.</param>
    /// <param name="most">Tokens that it may come to, the prompt included.</param>
    /// <returns>Null if it has to wait.</returns>
    public Lease? Open(string domain, int[] prompt, int most)
    {
        var (donor, cached, fork) = domain.Length == 0 ? (-1, 0, 0) : FindDonor(domain, prompt);
        var promised = _leases.Sum(lease => lease.Most - _ledger.Length(lease.Sequence));
        while (_sequences.Count == 0 || _ledger.Used + promised + most - cached > _ledger.Cells)
        {
            if (!Evict(except: donor))
            {
                // What it would share is the last thing that is in its way.
                if (!Evict(except: -1))
                {
                    return null;
                }

                (donor, cached) = (-1, 0);
            }
        }

        var lease = new Lease(_sequences.Pop(), domain, prompt, most) { Cached = cached, Fork = fork };
        if (cached > 0)
        {
            _memory.Share(donor, lease.Sequence, cached);
            _ledger.Share(donor, lease.Sequence, cached);
        }

        _leases.Add(lease);
        CountKept();
        return lease;
    }

    /// <summary>Notes that a step gives a sequence further tokens.</summary>
    public void Extend(Lease lease, int tokens) => _ledger.Extend(lease.Sequence, tokens);

    /// <summary>Takes back the last tokens of a sequence.</summary>
    public void Cut(Lease lease, int length)
    {
        _memory.Remove(lease.Sequence, length);
        _ledger.Cut(lease.Sequence, length);
    }

    /// <summary>Keeps what a request has read so far, where that cannot be shared later from its own sequence.</summary>
    public void KeepPrompt(Lease lease, int length)
    {
        if (_window == 0 || lease.Domain.Length == 0 || length < LeastKept || Refresh(lease.Domain, lease.Prompt.AsSpan(0, length)))
        {
            return;
        }

        if (_sequences.Count == 0 && !Evict(except: -1))
        {
            return;
        }

        var sequence = _sequences.Pop();
        _memory.Share(lease.Sequence, sequence, length);
        _ledger.Share(lease.Sequence, sequence, length);
        Add(new KeptPrefix(lease.Domain, lease.Prompt[..length], sequence));
    }

    /// <summary>Ends a request's hold on its sequence.</summary>
    /// <param name="lease">The hold.</param>
    /// <param name="tokens">What the sequence holds if that is worth keeping, else empty.</param>
    public void Close(Lease lease, ReadOnlySpan<int> tokens)
    {
        _leases.Remove(lease);
        if (lease.Domain.Length > 0 && tokens.Length >= LeastKept && tokens.Length == _ledger.Length(lease.Sequence)
            && !Refresh(lease.Domain, tokens))
        {
            Add(new KeptPrefix(lease.Domain, tokens.ToArray(), lease.Sequence));
        }
        else
        {
            Free(lease.Sequence);
        }

        CountKept();
        while (KeptCells > _mostKept && Evict(except: -1))
        {
        }
    }

    /// <summary>Gives up the least recently used of the kept texts; false if there is none.</summary>
    public bool EvictOne() => Evict(except: -1);

    private (int Donor, int Cached, int Fork) FindDonor(string domain, int[] prompt)
    {
        var (donor, cached, longest) = (-1, 0, 0);
        KeptPrefix? used = null;
        foreach (var kept in _kept)
        {
            if (kept.Domain == domain && Usable(kept.Tokens, prompt, kept.Sequence, ref longest) is var usable && usable > cached)
            {
                (donor, cached, used) = (kept.Sequence, usable, kept);
            }
        }

        foreach (var lease in _leases)
        {
            // Of a request at work its prompt is shared, as far as it has been read.
            var read = Math.Min(lease.Prompt.Length, _ledger.Length(lease.Sequence));
            if (lease.Domain == domain && Usable(lease.Prompt.AsSpan(0, read), prompt, lease.Sequence, ref longest) is var usable && usable > cached)
            {
                (donor, cached, used) = (lease.Sequence, usable, null);
            }
        }

        if (used is not null)
        {
            used.LastUsed = ++_clock;
        }

        return cached < LeastKept ? (-1, 0, longest) : (donor, cached, longest - cached >= LeastKept ? longest : 0);
    }

    /// <summary>How much of a prompt a sequence can lend.</summary>
    private int Usable(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt, int sequence, ref int longest)
    {
        // The last token of the prompt is always read: its logits are needed.
        var common = tokens.CommonPrefixLength(prompt[..^1]);
        longest = Math.Max(longest, common);
        return common > 0 && (_window == 0 || _memory.FirstPosition(sequence) <= Math.Max(0, common - _window + 1)) ? common : 0;
    }

    /// <summary>Whether a text is kept already; if so it counts as used.</summary>
    private bool Refresh(string domain, ReadOnlySpan<int> tokens)
    {
        foreach (var kept in _kept)
        {
            var covers = _window == 0 ? kept.Tokens.AsSpan().StartsWith(tokens) : kept.Tokens.AsSpan().SequenceEqual(tokens);
            if (kept.Domain == domain && covers)
            {
                kept.LastUsed = ++_clock;
                return true;
            }
        }

        return false;
    }

    private void Add(KeptPrefix added)
    {
        if (_window == 0)
        {
            // Any part of the longer text can be shared, so the shorter one is of no further use.
            foreach (var shorter in _kept.FindAll(k => k.Domain == added.Domain && added.Tokens.AsSpan().StartsWith(k.Tokens)))
            {
                Drop(shorter);
            }
        }

        added.LastUsed = ++_clock;
        _kept.Add(added);
        CountKept();
    }

    private bool Evict(int except)
    {
        KeptPrefix? oldest = null;
        foreach (var kept in _kept)
        {
            if (kept.Sequence != except && kept.LastUsed < (oldest?.LastUsed ?? long.MaxValue))
            {
                oldest = kept;
            }
        }

        if (oldest is null)
        {
            return false;
        }

        Drop(oldest);
        CountKept();
        return true;
    }

    private void Drop(KeptPrefix kept)
    {
        _kept.Remove(kept);
        Free(kept.Sequence);
    }

    private void Free(int sequence)
    {
        _memory.Remove(sequence, 0);
        _ledger.Cut(sequence, 0);
        _sequences.Push(sequence);
    }

    /// <summary>Counts anew what kept texts hold beyond the requests.</summary>
    private void CountKept() => KeptCells = _kept.Count == 0 ? 0 : _ledger.Used - _ledger.HeldBy(_leases.Select(lease => lease.Sequence));
}
