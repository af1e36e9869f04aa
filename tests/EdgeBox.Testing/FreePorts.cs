using System.Net;
using System.Net.Sockets;

namespace EdgeBox.Testing;

/// <summary>Ports of this machine for programs that are about to be started: no two calls of a process give the same.</summary>
/// <remarks>
/// They lie below those that Linux gives to outgoing connections (32,768 and up): one of those would be anybody's again before the program has it.
/// </remarks>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Programs that run at once begin at different places.
    private static int s_next = Environment.ProcessId * 97;

    /// <summary>The next port that nobody listens at.</summary>
    public static int Next()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_next) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody's.
            }
        }

        throw new InvalidOperationException($"All ports from {First} to {First + Count - 1} are in use.");
    }
}
