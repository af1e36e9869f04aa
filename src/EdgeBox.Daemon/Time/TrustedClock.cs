using EdgeBox.Daemon.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Time;

/// <summary>
/// The time that everything which expires is judged by. It never runs backwards, not even over a restart, and believes the
/// machine's clock only where that can be true: not before what was already seen, and not more than <see cref="PlausibleSpan"/>
/// after the release. Otherwise it counts on from the last time it knew.
/// </summary>
/// <remarks>
/// A dead real-time clock starts at 1970 or jumps to 2038 and beyond. The lower bound keeps the first from making anything valid
/// again; the upper one keeps the second from becoming a floor that would outlive the repair of the clock.
/// </remarks>
internal sealed class TrustedClock
{
    /// <summary>How long after its release a build may be in use before the machine's clock is doubted.</summary>
    public static readonly TimeSpan PlausibleSpan = TimeSpan.FromDays(3652);

    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly TimeProvider _time;
    private DateTimeOffset _anchor;
    private long _anchorTimestamp;
    private bool _believed;

    /// <summary>Takes up the floor where the last run left it.</summary>
    public TrustedClock(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
        var kept = database.Read(c => c.Query("SELECT time FROM clock_floor", row => StoredTime.From(row.GetInt64(0))));
        _anchor = kept is [var floor] && floor > ReleaseDate.Value ? floor : ReleaseDate.Value;
        _anchorTimestamp = time.GetTimestamp();
        database.Write(Commit);
    }

    /// <summary>Now, in UTC: never earlier than any value before it.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_lock)
            {
                var timestamp = _time.GetTimestamp();
                var counted = _anchor + _time.GetElapsedTime(_anchorTimestamp, timestamp);
                var wall = _time.GetUtcNow();
                _believed = wall >= counted - TimeSpan.FromMinutes(1) && wall <= ReleaseDate.Value + PlausibleSpan;
                _anchor = _believed && wall > counted ? wall : counted;
                _anchorTimestamp = timestamp;
                return _anchor;
            }
        }
    }

    /// <summary>Whether the machine's clock was believed when <see cref="Now"/> was last asked.</summary>
    public bool MachineClockIsBelieved
    {
        get
        {
            lock (_lock)
            {
                return _believed;
            }
        }
    }

    /// <summary>Stores the floor inside the caller's transaction and returns the time it stands at: call it before issuing what is bound to a time.</summary>
    public DateTimeOffset Commit(SqliteConnection connection)
    {
        var now = Now;
        connection.Execute(
            "INSERT INTO clock_floor (id, time) VALUES (1, $time) ON CONFLICT (id) DO UPDATE SET time = MAX(time, excluded.time)",
            ("$time", StoredTime.Of(now)));
        return now;
    }

    /// <summary>Stores the floor in a transaction of its own.</summary>
    public Task<DateTimeOffset> CommitAsync(CancellationToken cancellationToken) => _database.WriteAsync(Commit, cancellationToken);
}
