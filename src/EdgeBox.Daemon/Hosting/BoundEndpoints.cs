using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Where the box listens, once it does.</summary>
internal sealed class BoundEndpoints(IServer server)
{
    /// <summary>E.g. <c>unix:/run/edgebox/edgeboxd.sock</c>, <c>https://127.0.0.1:8443</c>.</summary>
    public IReadOnlyList<string> All =>
        [.. server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(a => a.Replace("http://unix:", "unix:", StringComparison.Ordinal)) ?? []];
}
