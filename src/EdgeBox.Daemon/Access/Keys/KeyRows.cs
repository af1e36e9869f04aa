using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>API keys as the database keeps them.</summary>
internal static class KeyRows
{
    /// <summary>All of them, newest first.</summary>
    public static List<IssuedKey> Load(SqliteConnection connection) => connection.Query(
        """
        SELECT number, name, hint, hash, role, scopes, models, tier, weight, concurrent_requests, requests_per_minute, tokens_per_minute,
            requests_per_day, tokens_per_day, issued, expires, revoked
        FROM api_keys ORDER BY number DESC
        """,
        row => new IssuedKey
        {
            Number = row.GetInt64(0),
            Name = row.GetString(1),
            Hint = row.GetString(2),
            Hash = row.GetBytes(3),
            Role = (Role)row.GetInt32(4),
            Scopes = [.. Parts(row.GetString(5)).Select(part => (KeyScope)int.Parse(part, System.Globalization.CultureInfo.InvariantCulture))],
            Models = Parts(row.GetString(6)),
            Tier = row.GetString(7),
            Weight = row.GetDouble(8),
            Quota = new KeyQuota
            {
                ConcurrentRequests = (uint)row.GetInt64(9),
                RequestsPerMinute = (uint)row.GetInt64(10),
                TokensPerMinute = (ulong)row.GetInt64(11),
                RequestsPerDay = (ulong)row.GetInt64(12),
                TokensPerDay = (ulong)row.GetInt64(13),
            },
            Issued = StoredTime.From(row.GetInt64(14)),
            Expires = row.GetTime(15),
            Revoked = row.GetTime(16),
        });

    /// <summary>Adds one.</summary>
    /// <returns>Its number.</returns>
    public static long Insert(SqliteConnection connection, IssuedKey key) => connection.Query(
        """
        INSERT INTO api_keys (name, hint, hash, role, scopes, models, tier, weight, concurrent_requests, requests_per_minute, tokens_per_minute,
            requests_per_day, tokens_per_day, issued, expires)
        VALUES ($name, $hint, $hash, $role, $scopes, $models, $tier, $weight, $concurrent, $rpm, $tpm, $rpd, $tpd, $issued, $expires)
        RETURNING number
        """,
        row => row.GetInt64(0),
        [
            ("$name", key.Name), ("$hint", key.Hint), ("$hash", key.Hash), ("$role", (int)key.Role), .. Uses(key),
            ("$issued", StoredTime.Of(key.Issued)), ("$expires", key.Expires is { } expires ? StoredTime.Of(expires) : null),
        ])[0];

    /// <summary>Writes what one may be used for.</summary>
    public static void Update(SqliteConnection connection, IssuedKey key) => connection.Execute(
        """
        UPDATE api_keys SET scopes = $scopes, models = $models, tier = $tier, weight = $weight, concurrent_requests = $concurrent,
            requests_per_minute = $rpm, tokens_per_minute = $tpm, requests_per_day = $rpd, tokens_per_day = $tpd
        WHERE number = $number
        """,
        [.. Uses(key), ("$number", key.Number)]);

    /// <summary>Notes that one was revoked.</summary>
    public static void Revoke(SqliteConnection connection, long number, DateTimeOffset now) =>
        connection.Execute("UPDATE api_keys SET revoked = $now WHERE number = $number", ("$now", StoredTime.Of(now)), ("$number", number));

    /// <summary>Forgets revoked ones but for the newest; the audit log still has them.</summary>
    public static void ForgetRevoked(SqliteConnection connection, int kept) => connection.Execute(
        """
        DELETE FROM api_keys WHERE number IN
            (SELECT number FROM api_keys WHERE revoked IS NOT NULL ORDER BY number DESC LIMIT -1 OFFSET $kept)
        """,
        ("$kept", kept));

    private static (string Name, object? Value)[] Uses(IssuedKey key) =>
    [
        ("$scopes", string.Join(' ', key.Scopes.Select(scope => (int)scope))), ("$models", string.Join(' ', key.Models)),
        ("$tier", key.Tier), ("$weight", key.Weight),
        ("$concurrent", (long)key.Quota.ConcurrentRequests), ("$rpm", (long)key.Quota.RequestsPerMinute), ("$tpm", (long)key.Quota.TokensPerMinute),
        ("$rpd", (long)key.Quota.RequestsPerDay), ("$tpd", (long)key.Quota.TokensPerDay),
    ];

    private static string[] Parts(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
