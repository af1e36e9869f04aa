using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeBox.Daemon.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Audit;

/// <summary>The newest record that was known of.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Hash">Its hash, lower-case hexadecimal.</param>
internal sealed record AuditHead(long Sequence, string Hash)
{
    /// <summary>The head of an empty chain.</summary>
    public static AuditHead None { get; } = new(0, Convert.ToHexStringLower(AuditLink.Genesis.Span));
}

/// <summary>What verification found.</summary>
/// <param name="Records">How many records were read.</param>
/// <param name="Head">The newest record.</param>
/// <param name="BrokenSequence">The first record that is wrong or missing; 0 if none is.</param>
/// <param name="Problem">What is wrong; empty if nothing is.</param>
internal sealed record AuditVerdict(long Records, AuditHead Head, long BrokenSequence, string Problem)
{
    /// <summary>Whether every record is as it was written.</summary>
    public bool Intact => BrokenSequence == 0;
}

/// <summary>The chain in the database: appends, reads and verifies. It has no state of its own; the caller brings the connection.</summary>
internal static partial class AuditChain
{
    private const string Columns = "sequence, time, event, actor, subject, facts, previous_hash, hash";

    /// <summary>The head that the database holds beside the records.</summary>
    public static AuditHead Head(SqliteConnection connection) =>
        connection.Query("SELECT sequence, hash FROM audit_head", row => new AuditHead(row.GetInt64(0), Convert.ToHexStringLower(row.GetBytes(1))))
            .SingleOrDefault(AuditHead.None);

    /// <summary>Whether the chain holds the record that <paramref name="head"/> names, with that hash.</summary>
    public static bool Holds(SqliteConnection connection, AuditHead head) => head == AuditHead.None || connection.Query(
        "SELECT hash FROM audit_records WHERE sequence = $sequence",
        row => Convert.ToHexStringLower(row.GetBytes(0)),
        ("$sequence", head.Sequence)) is [var hash] && hash == head.Hash;

    /// <summary>Adds a record within the caller's transaction and returns the new head.</summary>
    public static AuditHead Append(SqliteConnection connection, DateTimeOffset time, AuditEntry entry)
    {
        var head = Head(connection);
        var sequence = head.Sequence + 1;
        var previous = Convert.FromHexString(head.Hash);
        var hash = AuditLink.ComputeHash(sequence, time, entry, previous);
        connection.Execute(
            $"INSERT INTO audit_records ({Columns}) VALUES ($sequence, $time, $event, $actor, $subject, $facts, $previous, $hash)",
            ("$sequence", sequence),
            ("$time", StoredTime.Of(time)),
            ("$event", entry.Event),
            ("$actor", entry.Actor),
            ("$subject", entry.Subject),
            ("$facts", JsonSerializer.Serialize(entry.Facts, FactsJson.Default.ImmutableSortedDictionaryStringString)),
            ("$previous", previous),
            ("$hash", hash));
        connection.Execute(
            "INSERT INTO audit_head (id, sequence, hash) VALUES (1, $sequence, $hash) ON CONFLICT (id) DO UPDATE SET sequence = $sequence, hash = $hash",
            ("$sequence", sequence),
            ("$hash", hash));
        return new AuditHead(sequence, Convert.ToHexStringLower(hash));
    }

    /// <summary>At most <paramref name="limit"/> records before <paramref name="before"/>, newest first; only of <paramref name="event"/> unless that is empty.</summary>
    public static IReadOnlyList<AuditLink> Page(SqliteConnection connection, long before, string @event, int limit) => connection.Query(
        $"SELECT {Columns} FROM audit_records WHERE sequence < $before AND ($event = '' OR event = $event) ORDER BY sequence DESC LIMIT $limit",
        Read,
        ("$before", before),
        ("$event", @event),
        ("$limit", limit));

    /// <summary>
    /// Reads the whole chain, one record at a time, and recomputes it; then compares its end with the head in the database and
    /// with <paramref name="witness"/>, the head that was kept outside it.
    /// </summary>
    public static AuditVerdict Verify(SqliteConnection connection, AuditHead witness)
    {
        var head = AuditHead.None;
        AuditVerdict? broken = null;
        var witnessSeen = witness.Sequence == 0;
        connection.ForEach($"SELECT {Columns} FROM audit_records ORDER BY sequence", row =>
        {
            var problem = Judge(row, head, out var link);
            if (problem is null && link!.Sequence == witness.Sequence)
            {
                witnessSeen = true;
                problem = Convert.ToHexStringLower(link.Hash.Span) == witness.Hash ? null : "it is not the record that the head file remembers";
            }

            if (problem is not null)
            {
                broken = new AuditVerdict(head.Sequence, head, head.Sequence + 1, problem);
                return false;
            }

            head = new AuditHead(link!.Sequence, Convert.ToHexStringLower(link.Hash.Span));
            return true;
        });
        if (broken is not null)
        {
            return broken;
        }

        var stored = Head(connection);
        if (stored != head)
        {
            return new AuditVerdict(head.Sequence, head, head.Sequence + 1, string.Create(
                CultureInfo.InvariantCulture, $"the chain ends at record {head.Sequence}, but its head says {stored.Sequence}"));
        }

        return witnessSeen
            ? new AuditVerdict(head.Sequence, head, 0, string.Empty)
            : new AuditVerdict(head.Sequence, head, head.Sequence + 1, string.Create(
                CultureInfo.InvariantCulture, $"the chain ends at record {head.Sequence}, but the head file remembers record {witness.Sequence}"));
    }

    private static string? Judge(SqliteDataReader row, AuditHead head, out AuditLink? link)
    {
        link = null;
        try
        {
            link = Read(row);
        }
        catch (Exception exception) when (exception is JsonException or InvalidCastException or ArgumentOutOfRangeException)
        {
            return "it cannot be read";
        }

        if (link.Sequence != head.Sequence + 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it is missing: after record {head.Sequence} comes record {link.Sequence}");
        }

        if (Convert.ToHexStringLower(link.PreviousHash.Span) != head.Hash)
        {
            return "it does not continue the record before it";
        }

        var hash = AuditLink.ComputeHash(link.Sequence, link.Time, link.Entry, link.PreviousHash.Span);
        return CryptographicOperations.FixedTimeEquals(hash, link.Hash.Span) ? null : "its content does not match its hash";
    }

    private static AuditLink Read(SqliteDataReader row) => new(
        row.GetInt64(0),
        StoredTime.From(row.GetInt64(1)),
        new AuditEntry(
            row.GetString(2),
            row.GetString(3),
            row.GetString(4),
            (JsonSerializer.Deserialize(row.GetString(5), FactsJson.Default.DictionaryStringString) ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal)),
        row.GetBytes(6),
        row.GetBytes(7));

    [JsonSerializable(typeof(ImmutableSortedDictionary<string, string>))]
    [JsonSerializable(typeof(Dictionary<string, string>))]
    private sealed partial class FactsJson : JsonSerializerContext;
}
