using System.Text;

namespace EdgeBox.Platform.Processes;

/// <summary>The last 8 KiB that a process wrote; one writer, any readers.</summary>
internal sealed class OutputTail
{
    public const int Capacity = 8 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[Capacity];
    private long _written;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var piece in bytes[Math.Max(0, bytes.Length - Capacity)..])
            {
                _ring[_written++ % Capacity] = piece;
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_written, Capacity);
            var start = (int)(_written % Capacity);
            return kept < Capacity
                ? Encoding.UTF8.GetString(_ring.AsSpan(0, kept))
                : Encoding.UTF8.GetString([.. _ring.AsSpan(start), .. _ring.AsSpan(0, start)]);
        }
    }
}
