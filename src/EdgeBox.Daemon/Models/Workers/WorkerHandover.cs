using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Platform.Processes;
using EdgeBox.Platform.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>What the daemon hands to the process that becomes a worker: program and packs by name, everything else as open descriptors.</summary>
/// <remarks>
/// One message with the texts, the number of files, the channel and the output; then the files, as many a message as there may be. Each
/// message stands for itself (SOCK_SEQPACKET).
/// </remarks>
/// <param name="Program">Path of the worker program.</param>
/// <param name="Packs">Directory of the runtime packs.</param>
/// <param name="Channel">Its only socket.</param>
/// <param name="Output">Where it writes what people may want to read.</param>
/// <param name="Files">The model's files.</param>
internal sealed record WorkerHandover(string Program, string Packs, SafeFileHandle Channel, SafeFileHandle Output, IReadOnlyList<SafeFileHandle> Files)
{
    /// <summary>The most files that a model may have.</summary>
    public const int MostFiles = 256;

    private const int MostBytes = 16 * 1024;
    private const int Together = 200;
    private static readonly byte[] s_more = "+"u8.ToArray();

    /// <summary>Hands it over.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public static void Send(Socket socket, string program, string packs, ProcessLink link, IReadOnlyList<SafeHandle> files)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{program}\0{packs}\0{files.Count}");
        DescriptorMessage.Send(socket, Encoding.UTF8.GetBytes(text), [link.TheirChannel, link.TheirOutput]);
        foreach (var some in files.Chunk(Together))
        {
            DescriptorMessage.Send(socket, s_more, some);
        }
    }

    /// <summary>Takes it over.</summary>
    /// <param name="socket">The daemon.</param>
    /// <param name="patience">How long each message may take.</param>
    /// <exception cref="InvalidDataException">What came is not what is handed over.</exception>
    /// <exception cref="IOException">Nothing came.</exception>
    public static WorkerHandover Receive(Socket socket, TimeSpan patience)
    {
        var taken = new List<SafeFileHandle>();
        try
        {
            var (text, first) = Next(socket, patience);
            taken.AddRange(first);
            if (text.Split('\0') is not [{ Length: > 0 } program, { Length: > 0 } packs, var count]
                || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var files) || files > MostFiles || first.Count != 2)
            {
                throw new InvalidDataException($"The first message of a hand-over names program, packs and at most {MostFiles} files, and brings two descriptors; this one does not.");
            }

            while (taken.Count < files + 2)
            {
                var (_, more) = Next(socket, patience);
                taken.AddRange(more);
                if (more.Count == 0 || taken.Count > files + 2)
                {
                    throw new InvalidDataException($"{files} files were announced, and {taken.Count - 2} came.");
                }
            }

            return new WorkerHandover(program, packs, taken[0], taken[1], taken[2..]);
        }
        catch
        {
            taken.ForEach(descriptor => descriptor.Dispose());
            throw;
        }
    }

    private static (string Text, IReadOnlyList<SafeFileHandle> Descriptors) Next(Socket socket, TimeSpan patience)
    {
        if (!socket.Poll(patience, SelectMode.SelectRead))
        {
            throw new IOException($"The daemon said nothing for {patience.TotalSeconds:0} seconds.");
        }

        var buffer = new byte[MostBytes];
        var (count, descriptors) = DescriptorMessage.Receive(socket, buffer);
        return count > 0
            ? (Encoding.UTF8.GetString(buffer, 0, count), descriptors)
            : throw new IOException("The daemon closed the connection: it has no work for this unit.");
    }
}
