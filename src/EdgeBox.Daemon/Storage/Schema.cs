using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Storage;

/// <summary>Checks a database when it is opened and applies the migrations that it lacks.</summary>
internal static class Schema
{
    /// <summary>Asks SQLite whether the file is whole.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED with SQLite's first finding.</exception>
    public static void Check(SqliteConnection connection, string path)
    {
        var finding = connection.Query("PRAGMA quick_check(1)", row => row.GetString(0))[0];
        if (finding != "ok")
        {
            throw new FailureException(
                ErrorReason.StorageFailed, $"The database {path} is damaged: {finding}. Restore it from a backup.", ("path", path));
        }
    }

    /// <summary>Applies, each in its own transaction, the steps that the database lacks.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED: a newer release made the database and this one may not read it.</exception>
    public static void Migrate(SqliteConnection connection, string path, IReadOnlyList<Migration> steps)
    {
        connection.Execute("""
            CREATE TABLE IF NOT EXISTS schema_versions (
                version INTEGER PRIMARY KEY,
                minimum_reader INTEGER NOT NULL
            ) STRICT
            """);
        var (version, minimumReader) = connection.Query(
            "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(minimum_reader), 0) FROM schema_versions",
            row => (row.GetInt32(0), row.GetInt32(1)))[0];
        if (minimumReader > steps[^1].Version)
        {
            throw new FailureException(
                ErrorReason.StorageFailed,
                string.Create(CultureInfo.InvariantCulture, $"The database {path} is of schema {version}, which needs a release that knows schema {minimumReader}; this one knows {steps[^1].Version}. Boot the newer release."),
                ("path", path));
        }

        foreach (var step in steps.Where(s => s.Version > version))
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(step.Sql);
            connection.Execute(
                "INSERT INTO schema_versions (version, minimum_reader) VALUES ($version, $reader)",
                ("$version", step.Version),
                ("$reader", step.MinimumReader));
            transaction.Commit();
        }
    }
}
