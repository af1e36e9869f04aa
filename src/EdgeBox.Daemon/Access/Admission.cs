using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Access;

/// <summary>Lets each peer have so many connections and no more; what is above that is closed at once and audited.</summary>
internal sealed class Admission(PeerLimiter limiter, IOptions<EndpointOptions> endpoints, AuditLog audit)
{
    /// <summary>Runs a connection of <paramref name="peer"/>, or closes it.</summary>
    public async Task RunAsync(ConnectionContext connection, string peer, string endpoint, ConnectionDelegate next)
    {
        var limit = endpoints.Value.MaxConnectionsPerPeer;
        if (!limiter.TryEnter(peer, limit))
        {
            audit.Refused(AuditEntry.Of("connection.refused", peer, endpoint, ("limit", $"{limit}")));
            connection.Abort(new ConnectionAbortedException("This peer has as many connections as it may."));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            limiter.Leave(peer);
        }
    }
}
