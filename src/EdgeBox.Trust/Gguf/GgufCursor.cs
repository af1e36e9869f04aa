using System.Buffers.Binary;

namespace EdgeBox.Trust.Gguf;

/// <summary>Reads a file's metadata from front to back through one buffer, never past the limit.</summary>
internal sealed class GgufCursor
{
    private const int BufferBytes = 65536;

    private readonly Stream _stream;
    private readonly long _length;
    private readonly long _limit;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _hasShrunk;

    public GgufCursor(Stream stream, GgufLimits limits)
    {
        _stream = stream;
        _length = stream.Length;
        _limit = limits.MetadataBytes;
        stream.Position = 0;
    }

    /// <summary>Offset in the file of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length => _length;

    private long Remaining => Math.Min(_length, _limit) - Position;

    /// <summary>Whether so many bytes are left to read at all; used before anything is allocated for them.</summary>
    public bool Has(ulong count) => count <= (ulong)Remaining;

    public bool TryByte(out byte value)
    {
        var there = TryTake(1, out var bytes);
        value = there ? bytes[0] : (byte)0;
        return there;
    }

    public bool TryUInt32(out uint value)
    {
        var there = TryTake(4, out var bytes);
        value = there ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return there;
    }

    public bool TryUInt64(out ulong value)
    {
        var there = TryTake(8, out var bytes);
        value = there ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return there;
    }

    /// <summary>Takes the next bytes, at most 65,536; the span is good until the next call.</summary>
    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (count > Remaining || !Fill(count))
        {
            return false;
        }

        bytes = _buffer.AsSpan(_start, count);
        _start += count;
        Position += count;
        return true;
    }

    /// <summary>Takes any number of bytes into an array of their own.</summary>
    public bool TryCopy(int count, out byte[] bytes)
    {
        bytes = [];
        if (!Has((ulong)count))
        {
            return false;
        }

        bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var piece = Math.Min(count - done, BufferBytes);
            if (!TryTake(piece, out var part))
            {
                return false;
            }

            part.CopyTo(bytes.AsSpan(done));
            done += piece;
        }

        return true;
    }

    /// <summary>Why a read did not succeed: the file ended, or the limit on metadata was reached.</summary>
    public GgufRejected Ended(string? key = null, string? tensor = null)
    {
        var beyond = _length > _limit && !_hasShrunk;
        var where = key is not null ? $"the value of {key}" : tensor is not null ? $"the description of tensor {tensor}" : "the header";
        return beyond
            ? new GgufRejected(GgufProblem.MetadataTooLarge, key, tensor, $"The metadata is larger than {_limit} bytes, the limit; it ends in {where}.")
            : new GgufRejected(GgufProblem.Truncated, key, tensor, $"The file has {_length} bytes and ends inside {where}. Copy it again.");
    }

    private bool Fill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < count)
        {
            var read = _stream.Read(_buffer, _end, BufferBytes - _end);
            if (read <= 0)
            {
                _hasShrunk = true;
                return false;
            }

            _end += read;
        }

        return true;
    }
}
