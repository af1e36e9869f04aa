namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>What is remembered of the model store; a release that does not know it has no store.</summary>
internal static class M0005Store
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 5, MinimumReader: 1, """
        CREATE TABLE store_blobs (
            sha256 TEXT PRIMARY KEY,
            checked INTEGER NOT NULL,
            found TEXT NOT NULL
        ) STRICT;
        CREATE TABLE store_quarantine (
            model TEXT PRIMARY KEY,
            time INTEGER NOT NULL,
            problem BLOB NOT NULL
        ) STRICT;
        CREATE TABLE store_scrub (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            began INTEGER NOT NULL,
            ended INTEGER
        ) STRICT;
        """);
}
