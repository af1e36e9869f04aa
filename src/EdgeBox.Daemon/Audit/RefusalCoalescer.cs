using System.Globalization;

namespace EdgeBox.Daemon.Audit;

/// <summary>
/// Decides which refusals get a record of their own, so that whoever provokes them cannot fill the disk: each kind a few a minute,
/// all kinds together a few more; the rest are counted and told in one record a kind every ten minutes.
/// </summary>
/// <remarks>
/// The worst that an attacker can do is <see cref="TotalPerMinute"/> records a minute and <see cref="MostKinds"/> + 1 records
/// each ten minutes: some 18,000 a day, or 7 MB. Not thread-safe: one owner.
/// </remarks>
internal sealed class RefusalCoalescer(TimeProvider time)
{
    /// <summary>How many refusals of one kind (event, actor, subject) get their own record in a minute.</summary>
    public const int PerKindPerMinute = 5;

    /// <summary>How many refusals get their own record in a minute, over a long time; <see cref="Burst"/> at once.</summary>
    public const int TotalPerMinute = 6;

    /// <summary>How many refusals may get their own record at once.</summary>
    public const int Burst = 200;

    /// <summary>How many kinds are counted apart; all others are counted together.</summary>
    public const int MostKinds = 64;

    /// <summary>How often counted refusals are told.</summary>
    public static readonly TimeSpan TellingInterval = TimeSpan.FromMinutes(10);

    private static readonly (string, string, string) s_others = ("refusals.others", "anyone", string.Empty);

    private readonly Dictionary<(string Event, string Actor, string Subject), Kind> _kinds = [];
    private double _tokens = Burst;
    private long _refilled = time.GetTimestamp();

    /// <summary>Whether <paramref name="refusal"/> gets a record of its own; otherwise it was counted.</summary>
    public bool Admit(AuditEntry refusal)
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(Burst, _tokens + (time.GetElapsedTime(_refilled, now).TotalMinutes * TotalPerMinute));
        _refilled = now;
        var kind = KindOf(refusal, now);
        if (time.GetElapsedTime(kind.MinuteStarted, now) >= TimeSpan.FromMinutes(1))
        {
            kind.MinuteStarted = now;
            kind.Admitted = 0;
        }

        if (kind.Shared || kind.Admitted >= PerMinute(refusal.Event) || _tokens < 1)
        {
            kind.Counted++;
            return false;
        }

        kind.Admitted++;
        _tokens--;
        return true;
    }

    // No client can kill workers without end, and each death is evidence: only the limit on all kinds together holds for them.
    private static int PerMinute(string @event) => @event == "worker.died" ? Burst : PerKindPerMinute;

    /// <summary>The counted refusals whose time has come, one entry a kind; all of them if <paramref name="ending"/>.</summary>
    public IReadOnlyList<AuditEntry> Tell(bool ending = false)
    {
        var now = time.GetTimestamp();
        var told = new List<AuditEntry>();
        foreach (var (key, kind) in _kinds.ToArray())
        {
            var due = time.GetElapsedTime(kind.Told, now) >= TellingInterval;
            if (!due && !ending)
            {
                continue;
            }

            if (kind.Counted > 0)
            {
                told.Add(AuditEntry.Of(
                    key.Event,
                    key.Actor,
                    key.Subject,
                    ("repeated", kind.Counted.ToString(CultureInfo.InvariantCulture)),
                    ("within_seconds", ((long)time.GetElapsedTime(kind.Told, now).TotalSeconds).ToString(CultureInfo.InvariantCulture))));
            }

            _kinds.Remove(key);
        }

        return told;
    }

    private Kind KindOf(AuditEntry refusal, long now)
    {
        var key = (refusal.Event, refusal.Actor, refusal.Subject);
        if (_kinds.TryGetValue(key, out var kind))
        {
            return kind;
        }

        var shared = _kinds.Count >= MostKinds;
        key = shared ? s_others : key;
        if (!_kinds.TryGetValue(key, out kind))
        {
            kind = new Kind { Shared = shared, MinuteStarted = now, Told = now };
            _kinds.Add(key, kind);
        }

        return kind;
    }

    private sealed class Kind
    {
        public bool Shared { get; init; }

        public long MinuteStarted { get; set; }

        public int Admitted { get; set; }

        public long Counted { get; set; }

        public long Told { get; init; }
    }
}
