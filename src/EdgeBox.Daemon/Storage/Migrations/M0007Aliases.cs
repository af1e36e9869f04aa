namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>What clients may ask for in place of a model, and the moves that are under way; a release that does not know it has no aliases.</summary>
internal static class M0007Aliases
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 7, MinimumReader: 1, """
        CREATE TABLE aliases (
            name TEXT NOT NULL,
            identity TEXT NOT NULL,
            model TEXT NOT NULL,
            previous TEXT NOT NULL,
            moved INTEGER NOT NULL,
            actor TEXT NOT NULL,
            problem BLOB,
            PRIMARY KEY (name, identity)
        ) STRICT;
        CREATE TABLE alias_moves (
            name TEXT NOT NULL,
            identity TEXT NOT NULL,
            model TEXT NOT NULL,
            instead_of TEXT NOT NULL,
            PRIMARY KEY (name, identity)
        ) STRICT;
        """);
}
