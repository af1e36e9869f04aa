namespace EdgeBox.Worker.Caching;

/// <summary>Shares out the cells of one context to requests, and keeps the texts that they leave behind in main memory.</summary>
/// <remarks>
/// A request is let in when all cells that it may come to need can be had, so that none fails in the middle.
/// Every step looks at all cells in use, whoever has them: a text that nobody works on would cost all answers time. So its cells are
/// copied to main memory and given away, and it comes back into cells when a request begins with it. A text is found only by
/// requests of its own domain.
/// In layers with a sliding window the cells before the window are used anew, so of a text only the whole can be shared, or all but
/// its last token; therefore prompts are kept at their end, and where they fork. There a kept text stays in cells as long as a
/// request shares them, for others to share; elsewhere requests share the cells of each other.
/// It belongs to the decode thread.
/// </remarks>
internal sealed class KvCache : IDisposable
{
    /// <summary>Shorter texts are read as quickly as they are found.</summary>
    public const int LeastKept = 16;

    /// <summary>A token costs a hundred times as much to read as to copy, at least; a part of a text that is not worth the copy is read.</summary>
    public const int MostCopiedForOne = 32;

    private readonly ISequenceMemory _memory;
    private readonly CellLedger _ledger;
    private readonly int _window;
    private readonly Stack<int> _sequences;
    private readonly List<Lease> _leases = [];
    private readonly KeptTexts _kept;

    /// <param name="memory">The engine's.</param>
    /// <param name="cells">Cells of the context.</param>
    /// <param name="sequences">Sequences that the context was made for.</param>
    /// <param name="window">Tokens that layers with a sliding window look back at; 0 if there are none.</param>
    /// <param name="keptBytes">Main memory for texts that are kept.</param>
    public KvCache(ISequenceMemory memory, int cells, int sequences, int window, long keptBytes)
    {
        _memory = memory;
        _ledger = new CellLedger(cells, sequences);
        _window = window;
        _kept = new KeptTexts(keptBytes, anyPart: window == 0);
        _sequences = new Stack<int>(Enumerable.Range(0, sequences).Reverse());
    }

    /// <summary>Cells in all.</summary>
    public int Cells => _ledger.Cells;

    /// <summary>Cells in use.</summary>
    public int UsedCells => _ledger.Used;

    /// <summary>Tokens of kept texts.</summary>
    public long KeptTokens => _kept.Tokens;

    /// <summary>Main memory that kept texts take.</summary>
    public long KeptBytes => _kept.Bytes;

    /// <summary>Texts that are kept.</summary>
    public int Kept => _kept.All.Count;

    /// <summary>Lets a request in if its cells can be had.</summary>
    /// <param name="domain">Who may share its text; empty: nobody.</param>
    /// <param name="prompt">What it begins with; not empty.</param>
    /// <param name="most">Tokens that it may come to, the prompt included.</param>
    /// <returns>Null if it has to wait.</returns>
    public Lease? Open(string domain, int[] prompt, int most)
    {
        var donor = domain.Length == 0 ? Donor.None : FindDonor(domain, prompt);
        var promised = _leases.Sum(lease => lease.Most - _ledger.Length(lease.Sequence));
        while (_sequences.Count < donor.Sequences || _ledger.Used + promised + donor.Cells(most) > _ledger.Cells || _ledger.Used + donor.Copied > _ledger.Cells)
        {
            // First what others share may leave the cells, then what it would share itself is left where it is.
            if (!LeaveOne(except: donor.Kept))
            {
                if (donor.Cached == 0)
                {
                    return null;
                }

                donor = Donor.None with { Fork = donor.Fork };
            }
        }

        var sequence = _sequences.Pop();
        var cached = Fetch(donor, sequence);
        var lease = new Lease(sequence, domain, prompt, most)
        {
            Cached = cached, Fork = donor.Fork, Source = cached > 0 && donor.Kept is { IsInCells: true } ? donor.Kept : null,
        };
        if (lease.Source is { } source)
        {
            source.Users++;
        }

        _leases.Add(lease);
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
        if (_window > 0)
        {
            lease.KeptPrompt = Keep(lease, lease.Prompt.AsSpan(0, length)) ?? lease.KeptPrompt;
        }
    }

    /// <summary>Ends a request's hold on its sequence.</summary>
    /// <param name="lease">The hold.</param>
    /// <param name="tokens">What the sequence holds if that is worth keeping, else empty.</param>
    public void Close(Lease lease, ReadOnlySpan<int> tokens)
    {
        _leases.Remove(lease);
        Keep(lease, tokens);
        Free(lease.Sequence);
        if (lease.Source is { IsInCells: true } source && --source.Users == 0)
        {
            Leave(source);
        }
    }

    /// <summary>Takes the least recently used of the kept texts that are in cells out of them; false if there is none.</summary>
    public bool LeaveOne() => LeaveOne(except: null);

    /// <summary>Gives up all kept texts.</summary>
    public void Dispose()
    {
        while (_kept.All.Count > 0)
        {
            _kept.Remove(_kept.All[^1], Leave);
        }
    }

    private Donor FindDonor(string domain, int[] prompt)
    {
        var (best, longest) = (Donor.None, 0);

        // The last token of the prompt is always read: its logits are needed.
        var sought = prompt.AsSpan(0, prompt.Length - 1);
        foreach (var lease in _leases)
        {
            // Of a request at work its prompt is shared, as far as it has been read.
            if (_window == 0 && lease.Domain == domain)
            {
                var read = Math.Min(lease.Prompt.Length, _ledger.Length(lease.Sequence));
                var common = lease.Prompt.AsSpan(0, read).CommonPrefixLength(sought);
                best = common > best.Cached ? new Donor(lease.Sequence, common) : best;
            }
        }

        foreach (var kept in _kept.All)
        {
            if (kept.Domain == domain)
            {
                var common = kept.Tokens.AsSpan().CommonPrefixLength(sought);
                var usable = _window == 0 ? kept.Tokens.Length <= (long)common * MostCopiedForOne : common >= kept.Tokens.Length - 1;
                longest = Math.Max(longest, common);
                best = usable && common > best.Cached ? new Donor(kept, common, stays: _window > 0) : best;
            }
        }

        best = best.Cached >= LeastKept ? best : Donor.None;
        if (best.Kept is not null)
        {
            _kept.Use(best.Kept);
        }

        return best with { Fork = _window > 0 && longest - best.Cached >= LeastKept ? longest : 0 };
    }

    /// <summary>Gives a new sequence what its donor has of its prompt.</summary>
    /// <returns>How many tokens.</returns>
    private int Fetch(Donor donor, int sequence)
    {
        if (donor.Kept is not { IsInCells: false } kept)
        {
            if (donor.Cached > 0)
            {
                Share(donor.Kept?.Sequence ?? donor.Sequence, sequence, donor.Cached);
            }

            return donor.Cached;
        }

        var target = donor.Stays ? _sequences.Pop() : sequence;
        if (!_memory.PutBack(kept.Copy, target) || !Covers(target, donor.Cached))
        {
            // It is of no use: the engine has no room in the layers with a window, or has it otherwise than was thought.
            _memory.Remove(target, 0);
            _kept.Remove(kept, Leave);
            if (donor.Stays)
            {
                _sequences.Push(target);
            }

            return 0;
        }

        _ledger.Extend(target, kept.Tokens.Length);
        if (donor.Stays)
        {
            kept.Sequence = target;
            Share(target, sequence, donor.Cached);
        }
        else if (donor.Cached < kept.Tokens.Length)
        {
            _memory.Remove(sequence, donor.Cached);
            _ledger.Cut(sequence, donor.Cached);
        }

        return donor.Cached;
    }

    private bool Covers(int sequence, int length) =>
        _window == 0 || _memory.FirstPosition(sequence) <= Math.Max(0, length - _window + 1);

    private void Share(int source, int target, int length)
    {
        _memory.Share(source, target, length);
        _ledger.Share(source, target, length);
    }

    /// <summary>Copies a request's sequence to main memory if its text may be asked for again and is not known yet.</summary>
    /// <remarks>
    /// What a request went on to say does not push out its own prompt: the next request of a conversation begins with the prompt in
    /// any case, and with the answer only if that comes back letter for letter.
    /// </remarks>
    /// <returns>The text as it is kept; null if it is not.</returns>
    private KeptPrefix? Keep(Lease lease, ReadOnlySpan<int> tokens)
    {
        if (lease.Domain.Length == 0 || tokens.Length < LeastKept || tokens.Length != _ledger.Length(lease.Sequence))
        {
            return null;
        }

        var staying = tokens.Length > lease.Prompt.Length ? lease.KeptPrompt : null;
        var kept = _kept.Refresh(lease.Domain, tokens);
        if (kept is null && _memory.Copy(lease.Sequence, _kept.MostBesides(staying)) is { } copy)
        {
            kept = new KeptPrefix(lease.Domain, tokens.ToArray(), copy);
            _kept.Add(kept, staying, Leave);
        }

        return kept;
    }

    private bool LeaveOne(KeptPrefix? except)
    {
        var oldest = _kept.All.Where(kept => kept.IsInCells && kept != except).MinBy(kept => kept.LastUsed);
        if (oldest is not null)
        {
            Leave(oldest);
        }

        return oldest is not null;
    }

    /// <summary>Gives the cells of a kept text away; those that requests share stay theirs.</summary>
    private void Leave(KeptPrefix kept)
    {
        if (kept.IsInCells)
        {
            Free(kept.Sequence);
            (kept.Sequence, kept.Users) = (-1, 0);
        }
    }

    private void Free(int sequence)
    {
        _memory.Remove(sequence, 0);
        _ledger.Cut(sequence, 0);
        _sequences.Push(sequence);
    }

    /// <summary>Who has what a prompt begins with: a request at work, or a kept text.</summary>
    /// <param name="Sequence">The request's sequence; -1 if it is none.</param>
    /// <param name="Kept">The kept text.</param>
    /// <param name="Cached">How many tokens can be had.</param>
    /// <param name="Stays">Whether the kept text is to stay in cells of its own.</param>
    private readonly record struct Donor(int Sequence, KeptPrefix? Kept, int Cached, bool Stays)
    {
        public Donor(int sequence, int cached)
            : this(sequence, null, cached, Stays: false)
        {
        }

        public Donor(KeptPrefix kept, int cached, bool stays)
            : this(-1, kept, cached, stays)
        {
        }

        public static Donor None { get; } = new(-1, null, 0, Stays: false);

        /// <summary>See <see cref="Lease.Fork"/>.</summary>
        public int Fork { get; init; }

        /// <summary>Cells that a copy takes when it is put back.</summary>
        public int Copied => Kept is { IsInCells: false } ? Kept.Tokens.Length : 0;

        /// <summary>Sequences that are needed.</summary>
        public int Sequences => Copied > 0 && Stays ? 2 : 1;

        /// <summary>Cells that a request of so many tokens needs beyond those that are in use.</summary>
        public int Cells(int most) => Copied == 0 ? most - Cached : Stays ? most + Copied - Cached : most;
    }
}
