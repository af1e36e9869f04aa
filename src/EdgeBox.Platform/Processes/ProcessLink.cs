using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>A channel and a pipe between this process and one that does not exist yet; all four ends are closed on exec.</summary>
public sealed class ProcessLink : IDisposable
{
    private ProcessLink(Socket channel, SafeHandle theirChannel, SafeDescriptor output, SafeHandle theirOutput)
    {
        Channel = new NetworkStream(channel, ownsSocket: true);
        TheirChannel = theirChannel;
        Output = output;
        TheirOutput = theirOutput;
    }

    /// <summary>Our end of the channel; reads 0 bytes when nobody holds the other.</summary>
    public Stream Channel { get; }

    /// <summary>The other end of <see cref="Channel"/>.</summary>
    public SafeHandle TheirChannel { get; }

    /// <summary>Where the process writes what people may want to read.</summary>
    public SafeHandle TheirOutput { get; }

    internal SafeDescriptor Output { get; }

    /// <summary>Makes one.</summary>
    /// <exception cref="LinuxException">There are no descriptors left.</exception>
    public static ProcessLink Make()
    {
        var (channel, theirChannel) = Descriptors.SocketPair();
        try
        {
            var (output, theirOutput) = Descriptors.Pipe();
            return new ProcessLink(channel, theirChannel, output, theirOutput);
        }
        catch
        {
            channel.Dispose();
            theirChannel.Dispose();
            throw;
        }
    }

    /// <summary>Closes the ends that are the process's: from now on the channel ends when the process does.</summary>
    public void CloseTheirs()
    {
        TheirChannel.Dispose();
        TheirOutput.Dispose();
    }

    /// <summary>Closes all ends.</summary>
    public void Dispose()
    {
        CloseTheirs();
        Channel.Dispose();
        Output.Dispose();
    }
}
