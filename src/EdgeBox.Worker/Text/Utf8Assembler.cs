using System.Buffers;
using System.Text.Unicode;

namespace EdgeBox.Worker.Text;

/// <summary>Makes characters of bytes that arrive in pieces: an incomplete character waits for its rest, an invalid one becomes U+FFFD.</summary>
internal sealed class Utf8Assembler
{
    private const int LongestIncomplete = 3;

    private readonly byte[] _waiting = new byte[LongestIncomplete];
    private int _waitingCount;

    /// <summary>Adds bytes; whole characters go to the output.</summary>
    public void Append(ReadOnlySpan<byte> bytes, ArrayBufferWriter<char> output)
    {
        if (_waitingCount > 0)
        {
            bytes = Complete(bytes, output);
        }

        var rest = Transcode(bytes, output, isFinal: false);
        rest.CopyTo(_waiting);
        _waitingCount = rest.Length == 0 ? _waitingCount : rest.Length;
    }

    /// <summary>Ends the text: an incomplete character becomes U+FFFD.</summary>
    public void Finish(ArrayBufferWriter<char> output)
    {
        Transcode(_waiting.AsSpan(0, _waitingCount), output, isFinal: true);
        _waitingCount = 0;
    }

    /// <summary>Joins what waits with the first bytes that came, one at a time, until nothing waits or nothing is left.</summary>
    private ReadOnlySpan<byte> Complete(ReadOnlySpan<byte> bytes, ArrayBufferWriter<char> output)
    {
        Span<byte> joined = stackalloc byte[LongestIncomplete + 1];
        while (_waitingCount > 0 && !bytes.IsEmpty)
        {
            _waiting.AsSpan(0, _waitingCount).CopyTo(joined);
            joined[_waitingCount] = bytes[0];
            bytes = bytes[1..];
            var rest = Transcode(joined[..(_waitingCount + 1)], output, isFinal: false);
            rest.CopyTo(_waiting);
            _waitingCount = rest.Length;
        }

        return bytes;
    }

    /// <summary>Returns the incomplete character at the end, if there is one.</summary>
    private static ReadOnlySpan<byte> Transcode(ReadOnlySpan<byte> bytes, ArrayBufferWriter<char> output, bool isFinal)
    {
        if (bytes.IsEmpty)
        {
            return [];
        }

        var target = output.GetSpan(bytes.Length);
        Utf8.ToUtf16(bytes, target, out var read, out var written, replaceInvalidSequences: true, isFinalBlock: isFinal);
        output.Advance(written);
        return bytes[read..];
    }
}
