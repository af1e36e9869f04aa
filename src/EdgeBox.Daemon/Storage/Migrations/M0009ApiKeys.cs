namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>API keys, and what they used day by day; a release that does not know them leaves them alone.</summary>
internal static class M0009ApiKeys
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 9, MinimumReader: 1, """
        CREATE TABLE api_keys (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            hint TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            role INTEGER NOT NULL,
            scopes TEXT NOT NULL,
            models TEXT NOT NULL,
            tier TEXT NOT NULL,
            weight REAL NOT NULL,
            concurrent_requests INTEGER NOT NULL,
            requests_per_minute INTEGER NOT NULL,
            tokens_per_minute INTEGER NOT NULL,
            requests_per_day INTEGER NOT NULL,
            tokens_per_day INTEGER NOT NULL,
            issued INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER
        ) STRICT;

        -- By name, not by number: whoever gets a new key after an old one goes on where the old one stopped.
        CREATE TABLE key_usage (
            name TEXT NOT NULL,
            day INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            PRIMARY KEY (name, day)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX key_usage_day ON key_usage (day);
        """);
}
