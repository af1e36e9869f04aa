using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Models;

/// <summary>Remembers which models shall be in memory, pending before a load and complete after it, and what was settled about each.</summary>
/// <remarks>What came from a path stands in a table of its own, which the release before can read; the rest of its options stand beside it.</remarks>
internal sealed class ModelStore(Database database)
{
    /// <summary>A remembered model.</summary>
    /// <param name="Request">What was asked for; without a path, one of those in the store.</param>
    /// <param name="Complete">Whether it was once ready. One that was not may be what stopped the box.</param>
    internal sealed record StoredModel(LoadModelRequest Request, bool Complete);

    /// <summary>What was settled about a model.</summary>
    /// <param name="Pinned">Whether it is kept in memory.</param>
    /// <param name="Quarantine">Why the box does not load it; null if it does.</param>
    internal sealed record Settings(bool Pinned, FailureException? Quarantine);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<StoredModel> List() => database.Read(connection =>
    {
        var options = connection.Query(
            "SELECT name, options, complete FROM loaded_models ORDER BY name",
            row => (Name: row.GetString(0), Options: LoadOptions.Parser.ParseFrom(row.GetBytes(1)), Complete: row.GetBoolean(2)));
        var byPath = connection.Query(
            "SELECT name, path, context_tokens, slots, threads, cache_tokens, complete FROM models ORDER BY name",
            row => FromPath(row, options.Find(stored => stored.Name == row.GetString(0)).Options));
        return (IReadOnlyList<StoredModel>)[.. byPath, .. options
            .Where(stored => byPath.TrueForAll(other => other.Request.Name != stored.Name))
            .Select(stored => new StoredModel(new LoadModelRequest { Name = stored.Name, Options = stored.Options }, stored.Complete))];
    });

    /// <summary>Notes that a load begins.</summary>
    public Task PutPendingAsync(ModelEntry entry, CancellationToken cancellation) => database.WriteAsync(
        connection =>
        {
            if (entry.Installed is null)
            {
                connection.Execute(
                    """
                    INSERT INTO models (name, path, context_tokens, slots, threads, cache_tokens, complete)
                    VALUES ($name, $path, $context, $slots, $threads, $cache, 0)
                    ON CONFLICT (name) DO UPDATE SET path = $path, context_tokens = $context, slots = $slots, threads = $threads, cache_tokens = $cache,
                        complete = (path = $path AND complete)
                    """,
                    ("$name", entry.Name.Id), ("$path", entry.Path), ("$context", (long)entry.Options.ContextTokens),
                    ("$slots", (long)entry.Options.Slots), ("$threads", (long)entry.Options.Threads), ("$cache", (long)entry.Options.CacheTokens));
            }

            return connection.Execute(
                "INSERT INTO loaded_models (name, options, complete) VALUES ($name, $options, 0) ON CONFLICT (name) DO UPDATE SET options = $options",
                ("$name", entry.Name.Id), ("$options", entry.Options.ToByteArray()));
        },
        cancellation);

    /// <summary>Notes that a load ended well.</summary>
    public Task PutCompleteAsync(ModelName name, CancellationToken cancellation) => database.WriteAsync(
        connection => Both(connection, "UPDATE models SET complete = 1 WHERE name = $name", "UPDATE loaded_models SET complete = 1 WHERE name = $name", name),
        cancellation);

    /// <summary>Forgets a model whose load ended badly, unless it was once ready.</summary>
    public Task RemovePendingAsync(ModelName name) => database.WriteAsync(connection => Both(
        connection, "DELETE FROM models WHERE name = $name AND complete = 0", "DELETE FROM loaded_models WHERE name = $name AND complete = 0", name));

    /// <summary>Forgets that a model shall be in memory.</summary>
    public Task RemoveAsync(ModelName name) => database.WriteAsync(connection =>
        Both(connection, "DELETE FROM models WHERE name = $name", "DELETE FROM loaded_models WHERE name = $name", name));

    /// <summary>What was settled about a model.</summary>
    public Settings SettingsOf(ModelName name) => database.Read(connection => connection.Query(
        "SELECT pinned, quarantine FROM model_settings WHERE name = $name",
        row => new Settings(row.GetBoolean(0), row.IsDBNull(1) ? null : FailureStatus.Read(Google.Rpc.Status.Parser.ParseFrom(row.GetBytes(1)))),
        ("$name", name.Id))) is [var found] ? found : new Settings(false, null);

    /// <summary>Settles whether a model is kept in memory.</summary>
    public Task PutPinnedAsync(ModelName name, bool pinned) => database.WriteAsync(connection => connection.Execute(
        "INSERT INTO model_settings (name, pinned) VALUES ($name, $pinned) ON CONFLICT (name) DO UPDATE SET pinned = $pinned",
        ("$name", name.Id), ("$pinned", pinned ? 1L : 0L)));

    /// <summary>Settles why the box does not load a model; null: it does.</summary>
    public Task PutQuarantineAsync(ModelName name, FailureException? why) => database.WriteAsync(connection => connection.Execute(
        "INSERT INTO model_settings (name, quarantine) VALUES ($name, $why) ON CONFLICT (name) DO UPDATE SET quarantine = $why",
        ("$name", name.Id), ("$why", why is null ? null : FailureStatus.From(why).ToByteArray())));

    private static int Both(SqliteConnection connection, string first, string second, ModelName name) =>
        connection.Execute(first, ("$name", name.Id)) + connection.Execute(second, ("$name", name.Id));

    private static StoredModel FromPath(SqliteDataReader row, LoadOptions? options)
    {
        // The release before may have changed what it knows of.
        var all = options ?? new LoadOptions();
        (all.ContextTokens, all.Slots, all.Threads, all.CacheTokens) =
            ((uint)row.GetInt64(2), (uint)row.GetInt64(3), (uint)row.GetInt64(4), (uint)row.GetInt64(5));
        return new StoredModel(new LoadModelRequest { Name = row.GetString(0), Path = row.GetString(1), Options = all }, row.GetBoolean(6));
    }
}
