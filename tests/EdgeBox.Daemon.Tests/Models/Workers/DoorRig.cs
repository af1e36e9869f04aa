using System.Net.Sockets;
using System.Text;
using EdgeBox.Daemon.Models.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Models.Workers;

/// <summary>A door of workers with a scripted service manager behind it, and visitors.</summary>
internal sealed class DoorRig : IAsyncDisposable
{
    private readonly UnixDomainSocketEndPoint _address = new($"\0workers-{Guid.NewGuid():N}");

    public DoorRig()
    {
        var listening = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listening.Bind(_address);
        listening.Listen();
        Door = new WorkerDoor(listening, Manager, Time, NullLogger<WorkerDoor>.Instance);
    }

    public FakeTimeProvider Time { get; } = new();

    public ScriptedManager Manager { get; } = new();

    public WorkerDoor Door { get; }

    /// <summary>A process, this one, that comes and says who it is.</summary>
    public Socket Come(string? instance)
    {
        var visitor = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        visitor.Connect(_address);
        if (instance is not null)
        {
            visitor.Send(Encoding.UTF8.GetBytes(instance));
        }

        return visitor;
    }

    /// <summary>Lets time pass until something is done.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> done, TimeSpan step)
    {
        while (!done.IsCompleted)
        {
            Time.Advance(step);
            await Task.Yield();
        }

        return await done;
    }

    public ValueTask DisposeAsync() => Door.DisposeAsync();
}
