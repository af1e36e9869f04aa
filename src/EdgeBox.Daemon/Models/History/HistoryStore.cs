using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Models.History;

/// <summary>Hours in the database: a row for each model and hour, to which is added.</summary>
internal static class HistoryStore
{
    private const long MicrosecondsOfSecond = 1_000_000;

    /// <summary>Adds to an hour.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="model">"models/NAME".</param>
    /// <param name="hour">Hours since 1970.</param>
    /// <param name="sums">What to add.</param>
    public static void Add(SqliteConnection connection, string model, long hour, HourSums sums) => connection.Execute(
        """
        INSERT INTO model_hours (hour, model, requests, failures, prompt_tokens, cached_tokens, completion_tokens, first_tokens, first_token_us,
            first_token_most_us, most_waiting, most_resident_bytes, worker_deaths)
        VALUES ($hour, $model, $requests, $failures, $prompt, $cached, $completion, $firsts, $first, $firstMost, $waiting, $resident, $deaths)
        ON CONFLICT (hour, model) DO UPDATE SET requests = requests + $requests, failures = failures + $failures,
            prompt_tokens = prompt_tokens + $prompt, cached_tokens = cached_tokens + $cached, completion_tokens = completion_tokens + $completion,
            first_tokens = first_tokens + $firsts, first_token_us = first_token_us + $first, first_token_most_us = max(first_token_most_us, $firstMost),
            most_waiting = max(most_waiting, $waiting), most_resident_bytes = max(most_resident_bytes, $resident), worker_deaths = worker_deaths + $deaths
        """,
        ("$hour", hour), ("$model", model), ("$requests", sums.Requests), ("$failures", sums.Failures), ("$prompt", sums.PromptTokens),
        ("$cached", sums.CachedTokens), ("$completion", sums.CompletionTokens), ("$firsts", sums.FirstTokens),
        ("$first", (long)sums.FirstToken.TotalMicroseconds), ("$firstMost", (long)sums.FirstTokenMost.TotalMicroseconds),
        ("$waiting", sums.MostWaiting), ("$resident", sums.MostResidentBytes), ("$deaths", sums.WorkerDeaths));

    /// <summary>Forgets everything before an hour.</summary>
    public static void Forget(SqliteConnection connection, long before) =>
        connection.Execute("DELETE FROM model_hours WHERE hour < $before", ("$before", before));

    /// <summary>The hours of a model, or of all models together, the oldest first.</summary>
    /// <param name="connection">A reader's.</param>
    /// <param name="model">"models/NAME@VERSION"; without a version: all versions together; empty: all models together.</param>
    /// <param name="from">The first hour.</param>
    /// <param name="until">The hour after the last.</param>
    public static List<ModelHour> Between(SqliteConnection connection, string model, long from, long until) => connection.Query(
        $"""
        SELECT hour, sum(requests), sum(failures), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(first_tokens), sum(first_token_us),
            max(first_token_most_us), max(most_waiting), sum(most_resident_bytes), sum(worker_deaths)
        FROM model_hours WHERE hour >= $from AND hour < $until AND {ModelRows.OfModel} GROUP BY hour ORDER BY hour
        """,
        row => new ModelHour
        {
            Model = model,
            StartTime = new Timestamp { Seconds = row.GetInt64(0) * 3600 },
            Requests = (ulong)row.GetInt64(1),
            Failures = (ulong)row.GetInt64(2),
            PromptTokens = (ulong)row.GetInt64(3),
            CachedTokens = (ulong)row.GetInt64(4),
            CompletionTokens = (ulong)row.GetInt64(5),
            FirstToken = row.GetInt64(6) > 0 ? Microseconds(row.GetInt64(7) / row.GetInt64(6)) : null,
            FirstTokenMost = row.GetInt64(6) > 0 ? Microseconds(row.GetInt64(8)) : null,
            MostWaiting = (ulong)row.GetInt64(9),
            MostResidentBytes = (ulong)row.GetInt64(10),
            WorkerDeaths = (ulong)row.GetInt64(11),
        },
        ("$from", from), ("$until", until), ("$model", model));

    private static Duration Microseconds(long microseconds) =>
        new() { Seconds = microseconds / MicrosecondsOfSecond, Nanos = (int)(microseconds % MicrosecondsOfSecond) * 1000 };
}
