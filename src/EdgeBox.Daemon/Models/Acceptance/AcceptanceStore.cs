using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Reports in the database: whole, and without their cases for lists.</summary>
internal sealed class AcceptanceStore(Database database, AuditLog audit)
{
    /// <summary>How many reports of one model are kept, the newest.</summary>
    public const int KeptOfModel = 200;

    /// <summary>How many of all models.</summary>
    public const int Kept = 2000;

    /// <summary>Keeps a report and lets the oldest go.</summary>
    public async Task PutAsync(string id, AcceptanceReport report, string actor)
    {
        await database.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT INTO acceptance_reports (id, model, summary, report) VALUES ($id, $model, $summary, $report)",
                ("$id", id), ("$model", report.Model), ("$summary", WithoutCases(report).ToByteArray()), ("$report", report.ToByteArray()));
            connection.Execute(
                """
                DELETE FROM acceptance_reports WHERE model = $model AND number <=
                    (SELECT number FROM acceptance_reports WHERE model = $model ORDER BY number DESC LIMIT 1 OFFSET $keptOfModel);
                DELETE FROM acceptance_reports WHERE number <= (SELECT number FROM acceptance_reports ORDER BY number DESC LIMIT 1 OFFSET $kept);
                """,
                ("$model", report.Model), ("$keptOfModel", KeptOfModel), ("$kept", Kept));
            audit.Append(connection, AuditEntry.Of("model.tested", actor, report.Model, ("report", report.Name),
                ("verdict", report.Verdict.ToString()), ("suite_sha256", report.SuiteSha256)));
            return true;
        });
        audit.Remember();
    }

    /// <summary>One by its id; null if there is none.</summary>
    public AcceptanceReport? Find(string id) => database.Read(connection => connection.Query(
        "SELECT report FROM acceptance_reports WHERE id = $id", row => AcceptanceReport.Parser.ParseFrom(row.GetBytes(0)), ("$id", id)).SingleOrDefault());

    /// <summary>At most <paramref name="limit"/> before <paramref name="before"/>, newest first, without their cases, each with its number.</summary>
    /// <param name="model">"models/NAME"; empty: of all.</param>
    /// <param name="before">The number below which it starts.</param>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<(long Number, AcceptanceReport Report)> Page(string model, long before, int limit) => database.Read(connection => connection.Query(
        $"SELECT number, summary FROM acceptance_reports WHERE number < $before AND {ModelRows.OfModel} ORDER BY number DESC LIMIT $limit",
        row => (row.GetInt64(0), AcceptanceReport.Parser.ParseFrom(row.GetBytes(1))),
        ("$before", before), ("$model", model), ("$limit", limit)));

    /// <summary>The newest report of each model, without its cases.</summary>
    public IReadOnlyList<AcceptanceReport> Newest() => database.Read(connection => connection.Query(
        "SELECT summary FROM acceptance_reports WHERE number IN (SELECT max(number) FROM acceptance_reports GROUP BY model)",
        row => AcceptanceReport.Parser.ParseFrom(row.GetBytes(0))));

    /// <summary>A report without its cases.</summary>
    public static AcceptanceReport WithoutCases(AcceptanceReport report)
    {
        var copy = report.Clone();
        copy.Results.Clear();
        return copy;
    }
}
