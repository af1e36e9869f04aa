namespace EdgeBox.Worker.Caching;

/// <summary>The texts that are kept in main memory. The least recently used one goes when they are too many bytes, or too many.</summary>
/// <param name="mostBytes">Of all copies together.</param>
/// <param name="anyPart">Whether of a text any first part can be shared; else only the whole.</param>
internal sealed class KeptTexts(long mostBytes, bool anyPart)
{
    /// <summary>All are looked at for every request.</summary>
    public const int Most = 1024;

    private readonly List<KeptPrefix> _all = [];
    private long _clock;

    public IReadOnlyList<KeptPrefix> All => _all;

    public long Bytes { get; private set; }

    /// <summary>Tokens of all.</summary>
    public long Tokens { get; private set; }

    /// <summary>Notes that a text was of use.</summary>
    public void Use(KeptPrefix kept) => kept.LastUsed = ++_clock;

    /// <summary>Finds a text that is kept already, and counts it as used; null if there is none.</summary>
    public KeptPrefix? Refresh(string domain, ReadOnlySpan<int> tokens)
    {
        foreach (var kept in _all)
        {
            var covers = anyPart ? kept.Tokens.AsSpan().StartsWith(tokens) : kept.Tokens.AsSpan().SequenceEqual(tokens);
            if (kept.Domain == domain && covers)
            {
                Use(kept);
                return kept;
            }
        }

        return null;
    }

    /// <summary>Bytes that a copy may have if a text stays.</summary>
    public long MostBesides(KeptPrefix? staying) => mostBytes - (staying is not null && _all.Contains(staying) ? staying.Copy.Bytes : 0);

    /// <summary>Keeps a text, and gives up what it covers and what there is no room for.</summary>
    /// <param name="added">The text; there is room for it beside what stays.</param>
    /// <param name="staying">A text that is not given up for it; null if there is none.</param>
    /// <param name="drop">Told of each that is given up, before its copy is gone.</param>
    public void Add(KeptPrefix added, KeptPrefix? staying, Action<KeptPrefix> drop)
    {
        if (anyPart)
        {
            // The shorter one is of no further use.
            foreach (var shorter in _all.FindAll(k => k.Domain == added.Domain && added.Tokens.AsSpan().StartsWith(k.Tokens)))
            {
                Remove(shorter, drop);
            }
        }

        Use(added);
        _all.Add(added);
        Bytes += added.Copy.Bytes;
        Tokens += added.Tokens.Length;
        while (Bytes > mostBytes || _all.Count > Most)
        {
            Remove(_all.Where(kept => kept != added && kept != staying).MinBy(kept => kept.LastUsed)!, drop);
        }
    }

    /// <summary>Gives up a text.</summary>
    public void Remove(KeptPrefix kept, Action<KeptPrefix> drop)
    {
        if (_all.Remove(kept))
        {
            drop(kept);
            Bytes -= kept.Copy.Bytes;
            Tokens -= kept.Tokens.Length;
            kept.Copy.Dispose();
        }
    }
}
