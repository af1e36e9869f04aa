using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace EdgeBox.Daemon.Access;

/// <summary>Knows every open connection and who is at its other end, so that revoking a certificate ends what it has open.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<ConnectionContext, CallerIdentity> _open = [];

    /// <summary>How many connections are open and past their handshake.</summary>
    public int Count => _open.Count;

    /// <summary>Runs a connection while knowing of it.</summary>
    public async Task RunAsync(ConnectionContext connection, CallerIdentity caller, Func<CallerIdentity, bool> stillAdmitted, ConnectionDelegate next)
    {
        _open[connection] = caller;
        try
        {
            // A revocation between the handshake and the line above did not see this connection.
            if (stillAdmitted(caller))
            {
                await next(connection);
            }
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    /// <summary>Ends every connection of a certificate at once, in the middle of whatever it does.</summary>
    /// <returns>How many there were.</returns>
    public int End(string serial) => End(caller => caller.Serial == serial, "The certificate was revoked.");

    /// <summary>Ends every connection.</summary>
    /// <returns>How many there were.</returns>
    public int EndAll() => End(_ => true, "The box is stopping.");

    private int End(Func<CallerIdentity, bool> which, string why)
    {
        var ended = 0;
        foreach (var (connection, caller) in _open)
        {
            if (which(caller))
            {
                connection.Abort(new ConnectionAbortedException(why));
                ended++;
            }
        }

        return ended;
    }
}
