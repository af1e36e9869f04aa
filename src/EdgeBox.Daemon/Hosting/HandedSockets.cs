using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The sockets that systemd opened and handed in; taken out of the environment once.</summary>
/// <param name="All">Each of them.</param>
internal sealed record HandedSockets(IReadOnlyList<ListenDescriptor> All)
{
    /// <summary>The descriptor of a socket by its FileDescriptorName=; null if it was not handed in.</summary>
    public int? Find(string name) => All.FirstOrDefault(socket => socket.Name == name)?.Descriptor;
}
