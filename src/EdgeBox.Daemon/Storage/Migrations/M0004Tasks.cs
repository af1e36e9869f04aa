namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>What models were set up for; a release that does not know it has no tasks.</summary>
internal static class M0004Tasks
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 4, MinimumReader: 1, """
        CREATE TABLE tasks (
            model TEXT NOT NULL,
            name TEXT NOT NULL,
            preset BLOB NOT NULL,
            PRIMARY KEY (model, name)
        ) STRICT;
        """);
}
