using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The wire face of the box as a whole.</summary>
internal sealed class ApplianceService(
    ApplianceHealth health, ModelRegistry models, BoxIdentity identity, BoundEndpoints endpoints, TrustedClock clock, Uptime uptime, Database database)
    : V1.ApplianceService.ApplianceServiceBase
{
    public override Task<ApplianceStatus> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        var now = health.Snapshot;
        var described = models.List().Select(entry => entry.Describe()).ToList();
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
        status.Problems.AddRange(models.Problems);
        if (database.Problem is { } storage)
        {
            status.Problems.Add(storage);
        }

        if (status.Problems.Count > 0 && status.Health == Health.Good)
        {
            status.Health = Health.Degraded;
        }

        return Task.FromResult(status);
    }
}
