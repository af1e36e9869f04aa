namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>What is kept of a model's life: pins, quarantines, how it was loaded; a release that does not know it loads what came from paths.</summary>
internal static class M0006ModelLife
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 6, MinimumReader: 1, """
        CREATE TABLE model_settings (
            name TEXT NOT NULL PRIMARY KEY,
            pinned INTEGER NOT NULL DEFAULT 0,
            quarantine BLOB
        ) STRICT;
        CREATE TABLE loaded_models (
            name TEXT NOT NULL PRIMARY KEY,
            options BLOB NOT NULL,
            complete INTEGER NOT NULL
        ) STRICT;
        """);
}
