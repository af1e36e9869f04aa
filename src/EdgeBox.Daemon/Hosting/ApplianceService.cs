using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The wire face of the box as a whole.</summary>
internal sealed class ApplianceService(StatusReport report) : V1.ApplianceService.ApplianceServiceBase
{
    public override Task<ApplianceStatus> GetStatus(GetStatusRequest request, ServerCallContext context) => Task.FromResult(report.Now());
}
