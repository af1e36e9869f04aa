namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>The first schema: clock floor, audit chain, certificates, operations.</summary>
internal static class M0001Foundations
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 1, MinimumReader: 1, """
        CREATE TABLE clock_floor (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            time INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE audit_records (
            sequence INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            event TEXT NOT NULL,
            actor TEXT NOT NULL,
            subject TEXT NOT NULL,
            facts TEXT NOT NULL,
            previous_hash BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE INDEX audit_records_by_event ON audit_records (event, sequence);
        CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records
            BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
        CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records
            BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            sequence INTEGER NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;

        CREATE TABLE certificates (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            serial TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            role INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            issued INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER
        ) STRICT;

        CREATE TABLE operations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            state INTEGER NOT NULL,
            message BLOB NOT NULL
        ) STRICT;
        CREATE INDEX operations_by_state ON operations (state);
        """);
}
