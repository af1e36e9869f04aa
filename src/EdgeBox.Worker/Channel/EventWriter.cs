using System.Buffers;
using System.Buffers.Binary;
using EdgeBox.Worker.V1;
using Google.Protobuf;

namespace EdgeBox.Worker.Channel;

/// <summary>Puts events on the channel; those of one step go out in one write.</summary>
internal sealed class EventWriter(Stream stream)
{
    private const int FlushAt = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt / 4);

    /// <summary>Keeps an event for the next <see cref="Flush"/>, or sends what is kept when it has become much.</summary>
    public void Append(Event message)
    {
        lock (_gate)
        {
            Encode(message);
            if (_buffer.WrittenCount >= FlushAt)
            {
                FlushKept();
            }
        }
    }

    /// <summary>Sends an event, and before it what was kept.</summary>
    public void Send(Event message)
    {
        lock (_gate)
        {
            Encode(message);
            FlushKept();
        }
    }

    /// <summary>Sends what was kept.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            FlushKept();
        }
    }

    private void Encode(Event message)
    {
        var size = message.CalculateSize();
        var target = _buffer.GetSpan(4 + size);
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)size);
        message.WriteTo(target.Slice(4, size));
        _buffer.Advance(4 + size);
    }

    private void FlushKept()
    {
        if (_buffer.WrittenCount > 0)
        {
            stream.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
        }
    }
}
