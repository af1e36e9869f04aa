namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>The models that shall be in memory, so that a restart brings them back.</summary>
internal static class M0002Models
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 2, MinimumReader: 1, """
        CREATE TABLE models (
            name TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            context_tokens INTEGER NOT NULL,
            slots INTEGER NOT NULL,
            threads INTEGER NOT NULL,
            complete INTEGER NOT NULL CHECK (complete IN (0, 1))
        ) STRICT;
        """);
}
