using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Hosting;

/// <summary>What the box is and how it does, put together from those who know.</summary>
internal sealed class StatusReport(
    ApplianceHealth health, ModelRegistry models, BoxIdentity identity, BoundEndpoints endpoints, TrustedClock clock, Uptime uptime, Database database)
{
    /// <summary>The status at this moment.</summary>
    /// <param name="shown">Which models are told of; null: all, and what is wrong with them as a whole.</param>
    public ApplianceStatus Now(Func<ModelName, bool>? shown = null)
    {
        var now = health.Snapshot;
        var described = models.List().Where(entry => shown?.Invoke(entry.Name) ?? true).Select(entry => entry.Describe()).ToList();
        var status = new ApplianceStatus
        {
            Version = ReleaseVersion.Text,
            BoxId = identity.BoxId,
            Health = now.Health,
            Uptime = Duration.FromTimeSpan(uptime.Elapsed),
            Time = Timestamp.FromDateTimeOffset(clock.Now),
            ResidentBytes = (ulong)Environment.WorkingSet,
        };
        status.Models.AddRange(described);
        status.Endpoints.AddRange(endpoints.All);
        status.Problems.AddRange(now.Problems);
        if (shown is null)
        {
            status.Problems.AddRange(models.Problems); // They name models.
        }

        if (database.Problem is { } storage)
        {
            status.Problems.Add(storage);
        }

        if (status.Problems.Count > 0 && status.Health == Health.Good)
        {
            status.Health = Health.Degraded;
        }

        return status;
    }
}
