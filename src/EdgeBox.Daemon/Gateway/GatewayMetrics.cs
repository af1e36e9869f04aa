using System.Globalization;
using EdgeBox.Daemon.Access;
using Prometheus;

namespace EdgeBox.Daemon.Gateway;

/// <summary>What the box tells Prometheus of its gateway. Labels are routes and statuses, never anything that a client wrote.</summary>
internal sealed class GatewayMetrics(IMetricFactory metrics)
{
    private readonly Counter _requests = metrics.CreateCounter(
        "edgebox_gateway_requests_total", "Requests at the gateway by route and HTTP status.", ["route", "status"]);

    private readonly Gauge _open = metrics.CreateGauge("edgebox_gateway_requests_open", "Requests at the gateway that are under way.");

    /// <summary>Counts a request from here to the end of the scope.</summary>
    public IDisposable Begin(HttpContext context)
    {
        _open.Inc();
        return new Measured(this, context);
    }

    private sealed class Measured(GatewayMetrics all, HttpContext context) : IDisposable
    {
        public void Dispose()
        {
            all._open.Dec();
            var route = context.GetEndpoint() is { } endpoint ? RpcRoles.NameOf(endpoint) : "unknown";
            var status = context.RequestAborted.IsCancellationRequested ? "gone" : context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
            all._requests.WithLabels(route, status).Inc();
        }
    }
}
