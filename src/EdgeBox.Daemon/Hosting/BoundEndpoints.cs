using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Where the box listens, once it does.</summary>
internal sealed class BoundEndpoints(IServer server, IOptions<EndpointOptions> options)
{
    private const string UnixPrefix = "http://unix:";

    /// <summary>E.g. <c>unix:/run/edgebox/edgeboxd.sock</c>, <c>https://127.0.0.1:8443</c>.</summary>
    public IReadOnlyList<string> All =>
        [.. server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(Name) ?? []];

    /// <summary>The server knows the socket by the name it had before it was put in its place.</summary>
    private string Name(string address) =>
        address.StartsWith(UnixPrefix, StringComparison.Ordinal) ? "unix:" + options.Value.UnixSocket : address;
}
