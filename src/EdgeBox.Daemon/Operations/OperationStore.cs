using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Operations;

/// <summary>Operations in the database: one row each, the message as it goes over the wire.</summary>
internal static class OperationStore
{
    /// <summary>How many ended operations are kept.</summary>
    public const int Kept = 1000;

    /// <summary>Adds a new one and lets the oldest ended ones go.</summary>
    public static void Insert(SqliteConnection connection, string id, Operation operation)
    {
        connection.Execute(
            "INSERT INTO operations (id, state, message) VALUES ($id, $state, $message)",
            ("$id", id),
            ("$state", (int)operation.State),
            ("$message", operation.ToByteArray()));
        connection.Execute(
            """
            DELETE FROM operations WHERE state <> $running AND number <=
                (SELECT number FROM operations WHERE state <> $running ORDER BY number DESC LIMIT 1 OFFSET $kept)
            """,
            ("$running", (int)OperationState.Running),
            ("$kept", Kept));
    }

    /// <summary>Replaces one.</summary>
    public static void Update(SqliteConnection connection, string id, Operation operation) => connection.Execute(
        "UPDATE operations SET state = $state, message = $message WHERE id = $id",
        ("$id", id),
        ("$state", (int)operation.State),
        ("$message", operation.ToByteArray()));

    /// <summary>One by its id; null if there is none.</summary>
    public static Operation? Find(SqliteConnection connection, string id) =>
        connection.Query("SELECT message FROM operations WHERE id = $id", row => Operation.Parser.ParseFrom(row.GetBytes(0)), ("$id", id)).SingleOrDefault();

    /// <summary>At most <paramref name="limit"/> before <paramref name="before"/>, newest first, each with its number.</summary>
    public static List<(long Number, string Id, Operation Operation)> Page(SqliteConnection connection, long before, int limit) => connection.Query(
        "SELECT number, id, message FROM operations WHERE number < $before ORDER BY number DESC LIMIT $limit",
        row => (row.GetInt64(0), row.GetString(1), Operation.Parser.ParseFrom(row.GetBytes(2))),
        ("$before", before),
        ("$limit", limit));

    /// <summary>Those that were under way when they were last written.</summary>
    public static List<(string Id, Operation Operation)> Running(SqliteConnection connection) => connection.Query(
        "SELECT id, message FROM operations WHERE state = $running",
        row => (row.GetString(0), Operation.Parser.ParseFrom(row.GetBytes(1))),
        ("$running", (int)OperationState.Running));
}
