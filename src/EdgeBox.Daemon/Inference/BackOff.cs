namespace EdgeBox.Daemon.Inference;

/// <summary>How long to wait before a worker that died is started again: at once, then doubling up to a limit.</summary>
internal sealed class BackOff
{
    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);

    private int _deaths;

    /// <summary>Notes a death.</summary>
    /// <returns>How long to wait now.</returns>
    public TimeSpan Next()
    {
        var deaths = _deaths++;
        return deaths switch
        {
            0 => TimeSpan.Zero,
            > 12 => Longest,
            _ => TimeSpan.FromTicks(Math.Min(Longest.Ticks, s_first.Ticks << (deaths - 1))),
        };
    }

    /// <summary>Notes that a worker did useful work: the next death is a first one again.</summary>
    public void Reset() => _deaths = 0;
}
