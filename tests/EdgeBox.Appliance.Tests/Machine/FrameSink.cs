using System.Buffers.Binary;
using System.Globalization;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>
/// Every frame that crossed the machine's network card, as QEMU wrote it down (pcap), and which of the box's own break its promise. The box's own are all that do not
/// bear the address of the other end, whatever they claim to come from.
/// </summary>
internal sealed class FrameSink(string file)
{
    private const int FileHeader = 24;
    private const int FrameHeader = 16;
    private const int Syn = 2;
    private const int Ack = 16;

    /// <summary>The box's card.</summary>
    public const string Address = "52:54:00:eb:00:01";

    private static readonly byte[] s_peer = Convert.FromHexString(Wire.HardwareAddress.Replace(":", "", StringComparison.Ordinal));

    /// <summary>How many frames the box sent.</summary>
    public int Sent => OfBox().Count();

    /// <summary>Frames of the box that neither resolve an address nor reply to a flow that began outside, each in a few words.</summary>
    public IReadOnlyList<string> Escaped => [.. OfBox().Select(Fault).OfType<string>()];

    private static string? Fault(byte[] frame)
    {
        var type = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12));
        return type switch
        {
            0x0806 => null,
            0x0800 => OfIp(frame, frame[23], 14 + ((frame[14] & 15) * 4)),
            0x86dd when frame[20] == 58 && frame[54] is 135 or 136 => null,
            0x86dd => OfIp(frame, frame[20], 54),
            _ => string.Create(CultureInfo.InvariantCulture, $"type {type:x4}, {frame.Length} bytes"),
        };
    }

    private static string? OfIp(byte[] frame, byte protocol, int at)
    {
        var from = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
        if (protocol == 6 && (from is VirtualMachine.Door or VirtualMachine.Gateway) && (frame[at + 13] & (Syn | Ack)) != Syn)
        {
            return null;
        }

        return string.Create(CultureInfo.InvariantCulture, $"protocol {protocol}, {Convert.ToHexStringLower(frame.AsSpan(14, Math.Min(frame.Length - 14, 48)))}");
    }

    private IEnumerable<byte[]> OfBox() => Read().Where(frame => !frame.AsSpan(6, 6).SequenceEqual(s_peer));

    private IEnumerable<byte[]> Read()
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var header = new byte[FileHeader];
        stream.ReadExactly(header);
        while (stream.ReadAtLeast(header.AsSpan(0, FrameHeader), FrameHeader, throwOnEndOfStream: false) == FrameHeader)
        {
            var frame = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8))];
            if (stream.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) < frame.Length)
            {
                yield break; // It is being written.
            }

            yield return frame;
        }
    }
}
