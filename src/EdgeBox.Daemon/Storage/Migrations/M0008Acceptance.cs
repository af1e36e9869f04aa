namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>Reports of acceptance runs, and what models did hour by hour; a release that does not know them leaves them alone.</summary>
internal static class M0008Acceptance
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 8, MinimumReader: 1, """
        CREATE TABLE acceptance_reports (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            model TEXT NOT NULL,
            summary BLOB NOT NULL,
            report BLOB NOT NULL
        ) STRICT;
        CREATE INDEX acceptance_reports_by_model ON acceptance_reports (model, number);
        CREATE TABLE model_hours (
            hour INTEGER NOT NULL,
            model TEXT NOT NULL,
            requests INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            first_tokens INTEGER NOT NULL,
            first_token_us INTEGER NOT NULL,
            first_token_most_us INTEGER NOT NULL,
            most_waiting INTEGER NOT NULL,
            most_resident_bytes INTEGER NOT NULL,
            worker_deaths INTEGER NOT NULL,
            PRIMARY KEY (hour, model)
        ) STRICT, WITHOUT ROWID;
        """);
}
