using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Sockets;

/// <summary>A message on a Unix socket that keeps messages apart, with descriptors beside its bytes (SCM_RIGHTS, unix(7)).</summary>
public static unsafe class DescriptorMessage
{
    /// <summary>The most descriptors of one message; the kernel's own limit is 253.</summary>
    public const int MostDescriptors = 250;

    /// <summary>Sends one message; the descriptors stay the caller's too.</summary>
    /// <exception cref="LinuxException">The other end is gone, or does not read.</exception>
    public static void Send(Socket socket, ReadOnlySpan<byte> bytes, IReadOnlyList<SafeHandle> descriptors)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(descriptors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Count, MostDescriptors);
        var room = stackalloc byte[RoomFor(MostDescriptors)];
        var control = (ControlHeader*)room;
        var length = sizeof(ControlHeader) + (descriptors.Count * sizeof(int));
        *control = new ControlHeader { Length = (nuint)length, Level = NativeMethods.SOL_SOCKET, Type = NativeMethods.SCM_RIGHTS };
        for (var i = 0; i < descriptors.Count; i++)
        {
            ((int*)(control + 1))[i] = (int)descriptors[i].DangerousGetHandle();
        }

        fixed (byte* start = bytes)
        {
            var vector = new IoVector { Base = start, Length = (nuint)bytes.Length };
            var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (descriptors.Count > 0)
            {
                message.Control = room;
                message.ControlLength = (nuint)RoomFor(descriptors.Count);
            }

            if (NativeMethods.sendmsg(socket.SafeHandle, &message, NativeMethods.MSG_NOSIGNAL) != bytes.Length)
            {
                throw LinuxException.Last("Sending descriptors");
            }
        }
    }

    /// <summary>Takes one message.</summary>
    /// <param name="socket">The socket; it should have something to read.</param>
    /// <param name="buffer">Room for its bytes.</param>
    /// <returns>How many bytes came, 0 at the end, and the descriptors, which are closed on exec and owned by the caller.</returns>
    /// <exception cref="LinuxException">The socket is broken.</exception>
    /// <exception cref="InvalidDataException">The message is longer than the room, or has more descriptors than there may be.</exception>
    public static (int Count, IReadOnlyList<SafeFileHandle> Descriptors) Receive(Socket socket, Span<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var room = stackalloc byte[RoomFor(MostDescriptors)];
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Base = start, Length = (nuint)buffer.Length };
            var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = room, ControlLength = (nuint)RoomFor(MostDescriptors) };
            var count = NativeMethods.recvmsg(socket.SafeHandle, &message, NativeMethods.MSG_CMSG_CLOEXEC);
            if (count < 0)
            {
                throw LinuxException.Last("Receiving descriptors");
            }

            var descriptors = Take((ControlHeader*)room, message.ControlLength);
            if ((message.Flags & (NativeMethods.MSG_TRUNC | NativeMethods.MSG_CTRUNC)) != 0)
            {
                descriptors.ForEach(descriptor => descriptor.Dispose());
                throw new InvalidDataException($"A message is longer than {buffer.Length} bytes, or has more than {MostDescriptors} descriptors.");
            }

            return ((int)count, descriptors);
        }
    }

    // CMSG_SPACE: the header and the data, rounded up to the machine's word.
    private static int RoomFor(int descriptors) => sizeof(ControlHeader) + (((descriptors * sizeof(int)) + sizeof(nuint) - 1) & ~(sizeof(nuint) - 1));

    private static List<SafeFileHandle> Take(ControlHeader* control, nuint length)
    {
        if (length < (nuint)sizeof(ControlHeader) || control->Level != NativeMethods.SOL_SOCKET || control->Type != NativeMethods.SCM_RIGHTS)
        {
            return [];
        }

        var count = ((int)control->Length - sizeof(ControlHeader)) / sizeof(int);
        var descriptors = new List<SafeFileHandle>(count);
        for (var i = 0; i < count; i++)
        {
            descriptors.Add(new SafeFileHandle(((int*)(control + 1))[i], ownsHandle: true));
        }

        return descriptors;
    }
}
