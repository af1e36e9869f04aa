using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>What a worker's unit runs: asks the daemon for its work, and becomes the worker in its sandbox.</summary>
internal static class WorkerEntry
{
    private const int Refused = 1;
    private const int BadUsage = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Does not return if all goes well; else an exit code.</summary>
    /// <param name="arguments">The instance of the unit, and the daemon's socket for workers.</param>
    public static int Run(string[] arguments)
    {
        if (arguments is not [{ Length: > 0 and <= WorkerDoor.LongestName } instance, { Length: > 0 } door])
        {
            Console.Error.WriteLine("usage: edgeboxd worker INSTANCE SOCKET\nsystemd starts it, in edgebox-worker@.service.");
            return BadUsage;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(door));
            socket.Send(Encoding.UTF8.GetBytes(instance));
            var work = WorkerHandover.Receive(socket, s_patience);
            SandboxedProcess.Become(WorkerSandbox.Of(work.Program, work.Packs, work.Files), work.Channel, work.Output);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or SocketException or SandboxUnavailableException)
        {
            Console.Error.WriteLine($"edgebox-worker@{instance}: {failure.Message}");
        }

        return Refused;
    }
}
