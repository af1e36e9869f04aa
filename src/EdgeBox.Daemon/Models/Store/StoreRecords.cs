using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf;
using Google.Rpc;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>What was seen of a blob when it was last looked at.</summary>
/// <param name="Checked">When.</param>
/// <param name="Found">What was found in place of its bytes, in words; empty if it was whole.</param>
internal sealed record BlobCheck(DateTimeOffset Checked, string Found);

/// <summary>What is remembered of the store beside its files: when blobs were looked at, which models are quarantined and why, and the look through everything.</summary>
internal sealed class StoreRecords(Database database, AuditLog audit)
{
    /// <summary>Every blob that was ever looked at, by its hash.</summary>
    public Dictionary<string, BlobCheck> Blobs() => database.Read(connection => connection.Query(
        "SELECT sha256, checked, found FROM store_blobs",
        row => (Hash: row.GetString(0), Check: new BlobCheck(StoredTime.From(row.GetInt64(1)), row.GetString(2)))))
        .ToDictionary(row => row.Hash, row => row.Check);

    /// <summary>The models that others have quarantined, and why.</summary>
    public Dictionary<string, FailureException> Quarantines() => database.Read(connection => connection.Query(
        "SELECT model, problem FROM store_quarantine",
        row => (Model: row.GetString(0), Problem: Read(Google.Rpc.Status.Parser.ParseFrom(row.GetBytes(1))))))
        .ToDictionary(row => row.Model, row => row.Problem);

    /// <summary>When the last look through everything began and ended; null where it did not.</summary>
    public (DateTimeOffset? Began, DateTimeOffset? Ended) Scrub() => database.Read(connection => connection.Query(
        "SELECT began, ended FROM store_scrub", row => (row.GetTime(0), row.GetTime(1)))) is [var scrub] ? scrub : (null, null);

    /// <summary>Notes what blobs were found to be, and acts that follow from it, in one transaction.</summary>
    public async Task PutBlobsAsync(IReadOnlyDictionary<string, BlobCheck> checks, params IReadOnlyList<AuditEntry> entries)
    {
        await database.WriteAsync(connection =>
        {
            foreach (var (sha256, check) in checks)
            {
                connection.Execute(
                    "INSERT INTO store_blobs (sha256, checked, found) VALUES ($sha256, $checked, $found) ON CONFLICT (sha256) DO UPDATE SET checked = $checked, found = $found",
                    ("$sha256", sha256), ("$checked", StoredTime.Of(check.Checked)), ("$found", check.Found));
            }

            foreach (var entry in entries)
            {
                audit.Append(connection, entry);
            }

            return true;
        });
        audit.Remember();
    }

    /// <summary>Forgets blobs that are gone.</summary>
    public Task ForgetBlobsAsync(IReadOnlyCollection<string> hashes) => database.WriteAsync(connection =>
    {
        foreach (var sha256 in hashes)
        {
            connection.Execute("DELETE FROM store_blobs WHERE sha256 = $sha256", ("$sha256", sha256));
        }

        return true;
    });

    /// <summary>Quarantines a model.</summary>
    public async Task QuarantineAsync(ModelName model, FailureException reason, DateTimeOffset time)
    {
        await database.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT INTO store_quarantine (model, time, problem) VALUES ($model, $time, $problem) ON CONFLICT (model) DO UPDATE SET time = $time, problem = $problem",
                ("$model", model.Id), ("$time", StoredTime.Of(time)), ("$problem", FailureStatus.From(reason).ToByteArray()));
            audit.Append(connection, AuditEntry.Of("model.quarantined", "box", model.ToString(),
                ("reason", FailureTable.NameOf(reason.Reason)), ("problem", reason.Message)));
            return true;
        });
        audit.Remember();
    }

    /// <summary>Takes that back.</summary>
    public async Task ReleaseAsync(ModelName model)
    {
        await database.WriteAsync(connection =>
        {
            if (connection.Execute("DELETE FROM store_quarantine WHERE model = $model", ("$model", model.Id)) > 0)
            {
                audit.Append(connection, AuditEntry.Of("model.released", "box", model.ToString()));
            }

            return true;
        });
        audit.Remember();
    }

    /// <summary>Notes that a look through everything began, or ended.</summary>
    public Task PutScrubAsync(DateTimeOffset began, DateTimeOffset? ended) => database.WriteAsync(connection => connection.Execute(
        "INSERT INTO store_scrub (id, began, ended) VALUES (1, $began, $ended) ON CONFLICT (id) DO UPDATE SET began = $began, ended = coalesce($ended, ended)",
        ("$began", StoredTime.Of(began)), ("$ended", ended is { } time ? StoredTime.Of(time) : null)));

    private static FailureException Read(Google.Rpc.Status status)
    {
        var reason = FailureStatus.ReasonOf(status) ?? ErrorReason.ModelQuarantined;
        IReadOnlyList<(string, string)> facts = [.. (status.GetDetail<ErrorInfo>()?.Metadata ?? []).Select(fact => (fact.Key, fact.Value))];
        return new FailureException(reason, status.Message, facts);
    }
}
