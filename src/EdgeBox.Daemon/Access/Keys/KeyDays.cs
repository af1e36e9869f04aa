using EdgeBox.Daemon.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>What keys used day by day, as the database keeps it.</summary>
internal static class KeyDays
{
    /// <summary>Days that are kept.</summary>
    public const int MostDays = 400;

    /// <summary>Since a day, the newest first.</summary>
    public static List<KeyDay> Load(SqliteConnection connection, string name, DateOnly since) => connection.Query(
        """
        SELECT name, day, requests, refused, prompt_tokens, cached_tokens, completion_tokens FROM key_usage
        WHERE day >= $since AND ($name = '' OR name = $name) ORDER BY day DESC, name
        """,
        row => new KeyDay(row.GetString(0), DateOnly.FromDayNumber(row.GetInt32(1)))
        {
            Requests = row.GetInt64(2),
            Refused = row.GetInt64(3),
            PromptTokens = row.GetInt64(4),
            CachedTokens = row.GetInt64(5),
            CompletionTokens = row.GetInt64(6),
        },
        ("$since", since.DayNumber), ("$name", name));

    /// <summary>Writes days down, and forgets those long past.</summary>
    public static bool Write(SqliteConnection connection, IReadOnlyList<KeyDay> days)
    {
        foreach (var day in days)
        {
            connection.Execute(
                """
                INSERT OR REPLACE INTO key_usage (name, day, requests, refused, prompt_tokens, cached_tokens, completion_tokens)
                VALUES ($name, $day, $requests, $refused, $prompt, $cached, $completion)
                """,
                ("$name", day.Name), ("$day", day.Day.DayNumber), ("$requests", day.Requests), ("$refused", day.Refused),
                ("$prompt", day.PromptTokens), ("$cached", day.CachedTokens), ("$completion", day.CompletionTokens));
        }

        connection.Execute("DELETE FROM key_usage WHERE day < $oldest", ("$oldest", days.Max(day => day.Day).DayNumber - MostDays));
        return true;
    }
}
