using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Remembers aliases, and which of them are about to be moved. Every change is one transaction, with its audit record.</summary>
internal sealed class AliasStore(Database database, AuditLog audit)
{
    /// <summary>A move that has begun.</summary>
    /// <param name="Key">Of which alias.</param>
    /// <param name="Model">What it shall mean.</param>
    /// <param name="InsteadOf">What it means; null if it is new.</param>
    internal sealed record Move(AliasKey Key, ModelName Model, ModelName? InsteadOf);

    /// <summary>Every alias, by name, then by identity.</summary>
    public IReadOnlyList<AliasMeaning> List() => database.Read(All);

    /// <summary>The moves that have begun and have not ended.</summary>
    public IReadOnlyList<Move> Moves() => database.Read(connection => connection.Query(
        "SELECT name, identity, model, instead_of FROM alias_moves",
        row => new Move(new AliasKey(row.GetString(0), row.GetString(1)), NameOf(row.GetString(2))!.Value, NameOf(row.GetString(3)))));

    /// <summary>Notes that a move begins.</summary>
    public Task BeginAsync(Move move, AuditEntry entry) => WriteAsync(entry, connection => connection.Execute(
        "INSERT OR REPLACE INTO alias_moves (name, identity, model, instead_of) VALUES ($name, $identity, $model, $instead)",
        ("$name", move.Key.Name), ("$identity", move.Key.Identity), ("$model", move.Model.Id), ("$instead", move.InsteadOf?.Id ?? "")));

    /// <summary>Notes that a move has come to nothing.</summary>
    public Task AbandonAsync(AliasKey key, AuditEntry entry) => WriteAsync(entry, connection => Forget(connection, key));

    /// <summary>Moves an alias; with that the move has ended.</summary>
    public Task<IReadOnlyList<AliasMeaning>> PutAsync(AliasMeaning meaning, AuditEntry entry) => WriteAsync(entry, connection =>
    {
        connection.Execute(
            """
            INSERT INTO aliases (name, identity, model, previous, moved, actor, problem) VALUES ($name, $identity, $model, $previous, $moved, $actor, $problem)
            ON CONFLICT (name, identity) DO UPDATE SET model = $model, previous = $previous, moved = $moved, actor = $actor, problem = $problem
            """,
            ("$name", meaning.Key.Name), ("$identity", meaning.Key.Identity), ("$model", meaning.Model.Id), ("$previous", meaning.Previous?.Id ?? ""),
            ("$moved", StoredTime.Of(meaning.Moved)), ("$actor", meaning.Actor),
            ("$problem", meaning.Problem is null ? null : FailureStatus.From(meaning.Problem).ToByteArray()));
        Forget(connection, meaning.Key);
    });

    /// <summary>Forgets an alias.</summary>
    public Task<IReadOnlyList<AliasMeaning>> RemoveAsync(AliasKey key, AuditEntry entry) => WriteAsync(entry, connection => connection.Execute(
        "DELETE FROM aliases WHERE name = $name AND identity = $identity", ("$name", key.Name), ("$identity", key.Identity)));

    private static void Forget(SqliteConnection connection, AliasKey key) => connection.Execute(
        "DELETE FROM alias_moves WHERE name = $name AND identity = $identity", ("$name", key.Name), ("$identity", key.Identity));

    private static IReadOnlyList<AliasMeaning> All(SqliteConnection connection) => connection.Query(
        "SELECT name, identity, model, previous, moved, actor, problem FROM aliases ORDER BY name, identity",
        row => new AliasMeaning
        {
            Key = new AliasKey(row.GetString(0), row.GetString(1)),
            Model = NameOf(row.GetString(2))!.Value,
            Previous = NameOf(row.GetString(3)),
            Moved = StoredTime.From(row.GetInt64(4)),
            Actor = row.GetString(5),
            Problem = row.IsDBNull(6) ? null : FailureStatus.Read(Google.Rpc.Status.Parser.ParseFrom(row.GetBytes(6))),
        });

    private static ModelName? NameOf(string id) => id.Length == 0 ? null : ModelName.Parse(id, "name");

    /// <summary>Changes something, and returns what every alias means then.</summary>
    private async Task<IReadOnlyList<AliasMeaning>> WriteAsync(AuditEntry entry, Action<SqliteConnection> change)
    {
        var all = await database.WriteAsync(connection =>
        {
            change(connection);
            audit.Append(connection, entry);
            return All(connection);
        });
        audit.Remember();
        return all;
    }
}
