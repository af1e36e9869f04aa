using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Storage;

/// <summary>The two things that owners do with a connection: run a statement, read rows. Values are always parameters.</summary>
internal static class SqlCommands
{
    /// <summary>Runs one or more statements and returns how many rows they changed.</summary>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(connection, sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Reads every row; for results that are bounded by their query.</summary>
    public static List<T> Query<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Hands every row to <paramref name="visit"/> as it is read, until that returns false.</summary>
    public static void ForEach(this SqliteConnection connection, string sql, Func<SqliteDataReader, bool> visit)
    {
        using var command = Command(connection, sql, []);
        using var reader = command.ExecuteReader();
        while (reader.Read() && visit(reader))
        {
        }
    }

    /// <summary>The column as bytes.</summary>
    public static byte[] GetBytes(this SqliteDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);

    /// <summary>The column as a time; null if it holds none.</summary>
    public static DateTimeOffset? GetTime(this SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : StoredTime.From(reader.GetInt64(column));

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is always a constant of the calling owner; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}

/// <summary>Times as the database keeps them: microseconds since 1970 in UTC.</summary>
internal static class StoredTime
{
    /// <summary>The time that <paramref name="microseconds"/> stand for.</summary>
    public static DateTimeOffset From(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>What to store for <paramref name="time"/>; fractions of a microsecond are cut.</summary>
    public static long Of(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
}
