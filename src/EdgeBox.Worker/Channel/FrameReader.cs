using System.Buffers.Binary;
using Google.Protobuf;

namespace EdgeBox.Worker.Channel;

/// <summary>Takes messages off a stream: four bytes of length, little endian, then the message.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>Longest message in bytes.</summary>
    public const int MaxLength = 64 << 20;

    private const int KeptBuffer = 1 << 20;

    private byte[] _buffer = new byte[4096];

    /// <summary>The next message; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A length over <see cref="MaxLength"/>, or a stream that ends inside a message.</exception>
    /// <exception cref="InvalidProtocolBufferException">The bytes are not a message of this type.</exception>
    public T? Read<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        var got = Fill(_buffer.AsSpan(0, 4));
        if (got == 0)
        {
            return null;
        }

        var length = got == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(_buffer) : throw new InvalidDataException("the channel ended inside a length");
        if (length > MaxLength)
        {
            throw new InvalidDataException($"a message of {length} bytes was announced; {MaxLength} is the most");
        }

        if (_buffer.Length < length)
        {
            _buffer = new byte[length];
        }

        got = Fill(_buffer.AsSpan(0, (int)length));
        if (got != length)
        {
            throw new InvalidDataException($"the channel ended after {got} of {length} bytes of a message");
        }

        var message = parser.ParseFrom(_buffer.AsSpan(0, (int)length));
        if (_buffer.Length > KeptBuffer)
        {
            _buffer = new byte[4096];
        }

        return message;
    }

    private int Fill(Span<byte> target)
    {
        var got = 0;
        while (got < target.Length)
        {
            var more = stream.Read(target[got..]);
            if (more == 0)
            {
                break;
            }

            got += more;
        }

        return got;
    }
}
