using EdgeBox.Daemon.Storage;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Remembers which models shall be in memory: pending before a load, complete after it.</summary>
internal sealed class ModelStore(Database database)
{
    /// <summary>A remembered model.</summary>
    /// <param name="Request">What was asked for.</param>
    /// <param name="Complete">Whether it was once ready. One that was not may be what stopped the box.</param>
    internal sealed record StoredModel(LoadModelRequest Request, bool Complete);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<StoredModel> List() => database.Read(connection => connection.Query(
        "SELECT name, path, context_tokens, slots, threads, cache_tokens, complete FROM models ORDER BY name",
        row => new StoredModel(
            new LoadModelRequest
            {
                Name = row.GetString(0),
                Path = row.GetString(1),
                Options = new LoadOptions
                {
                    ContextTokens = (uint)row.GetInt64(2), Slots = (uint)row.GetInt64(3), Threads = (uint)row.GetInt64(4),
                    CacheTokens = (uint)row.GetInt64(5),
                },
            },
            row.GetBoolean(6))));

    /// <summary>Notes that a load begins.</summary>
    public Task PutPendingAsync(ModelEntry entry, CancellationToken cancellation) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO models (name, path, context_tokens, slots, threads, cache_tokens, complete)
            VALUES ($name, $path, $context, $slots, $threads, $cache, 0)
            ON CONFLICT (name) DO UPDATE SET path = $path, context_tokens = $context, slots = $slots, threads = $threads, cache_tokens = $cache,
                complete = (path = $path AND complete)
            """,
            ("$name", entry.Name.Id), ("$path", entry.Path), ("$context", (long)entry.Options.ContextTokens),
            ("$slots", (long)entry.Options.Slots), ("$threads", (long)entry.Options.Threads), ("$cache", (long)entry.Options.CacheTokens)),
        cancellation);

    /// <summary>Notes that a load ended well.</summary>
    public Task PutCompleteAsync(ModelName name, CancellationToken cancellation) => database.WriteAsync(
        connection => connection.Execute("UPDATE models SET complete = 1 WHERE name = $name", ("$name", name.Id)), cancellation);

    /// <summary>Forgets a model whose load ended badly, unless it was once ready.</summary>
    public Task RemovePendingAsync(ModelName name) => database.WriteAsync(
        connection => connection.Execute("DELETE FROM models WHERE name = $name AND complete = 0", ("$name", name.Id)));

    /// <summary>Forgets a model.</summary>
    public Task RemoveAsync(ModelName name) => database.WriteAsync(
        connection => connection.Execute("DELETE FROM models WHERE name = $name", ("$name", name.Id)));
}
