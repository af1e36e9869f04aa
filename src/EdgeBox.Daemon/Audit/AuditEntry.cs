using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace EdgeBox.Daemon.Audit;

/// <summary>What is to be recorded: everything but its place in the chain.</summary>
/// <param name="Event">What, e.g. <c>access.issued</c>.</param>
/// <param name="Actor">Who, e.g. <c>uid:0</c>; <c>box</c> for what the box does by itself.</param>
/// <param name="Subject">To what, e.g. <c>models/chat</c>.</param>
/// <param name="Facts">Facts, never contents of prompts, answers or keys; sorted by key.</param>
internal sealed record AuditEntry(string Event, string Actor, string Subject, ImmutableSortedDictionary<string, string> Facts)
{
    /// <summary>The longest text that is recorded, in UTF-16 units; what is longer is cut and ends with an ellipsis.</summary>
    public const int LongestText = 512;

    /// <summary>An entry whose texts are bounded and hold no invalid UTF-16, so that they come back from the database as they went in.</summary>
    public static AuditEntry Of(string @event, string actor, string subject, params IEnumerable<(string Key, string Value)> facts) => new(
        Bounded(@event),
        Bounded(actor),
        Bounded(subject),
        facts.Take(16).ToImmutableSortedDictionary(f => Bounded(f.Key), f => Bounded(f.Value), StringComparer.Ordinal));

    private static string Bounded(string text)
    {
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Length > LongestText ? text[..LongestText] : text));
        return text.Length > LongestText ? whole + "…" : whole;
    }
}

/// <summary>One record of the chain.</summary>
/// <param name="Sequence">1, 2, 3 and so on without a gap.</param>
/// <param name="Time">When, by the trusted clock, to the microsecond.</param>
/// <param name="Entry">What.</param>
/// <param name="PreviousHash">Hash of the record before; 32 zero bytes in the first.</param>
/// <param name="Hash"><see cref="ComputeHash"/> as it was when the record was written.</param>
internal sealed record AuditLink(long Sequence, DateTimeOffset Time, AuditEntry Entry, ReadOnlyMemory<byte> PreviousHash, ReadOnlyMemory<byte> Hash)
{
    /// <summary>The previous hash of the first record.</summary>
    public static ReadOnlyMemory<byte> Genesis { get; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>SHA-256 over the record's canonical form.</summary>
    /// <remarks>
    /// The canonical form is, without padding and with every integer big-endian: the four bytes <c>EBA1</c>; the sequence (8 bytes);
    /// the time in microseconds since 1970 (8 bytes); event, actor and subject, each as its length in bytes (4 bytes) and its
    /// UTF-8; the number of facts (4 bytes); each fact's key and value in the same form, in ordinal order of the keys; the previous hash (32
    /// bytes). No two records share a canonical form, because every part says how long it is.
    /// </remarks>
    public static byte[] ComputeHash(long sequence, DateTimeOffset time, AuditEntry entry, ReadOnlySpan<byte> previousHash)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("EBA1"u8);
        AppendInteger(hash, sequence);
        AppendInteger(hash, Storage.StoredTime.Of(time));
        AppendText(hash, entry.Event);
        AppendText(hash, entry.Actor);
        AppendText(hash, entry.Subject);
        AppendLength(hash, entry.Facts.Count);
        foreach (var (key, value) in entry.Facts)
        {
            AppendText(hash, key);
            AppendText(hash, value);
        }

        hash.AppendData(previousHash);
        return hash.GetHashAndReset();
    }

    private static void AppendInteger(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void AppendLength(IncrementalHash hash, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        AppendLength(hash, bytes.Length);
        hash.AppendData(bytes);
    }
}
