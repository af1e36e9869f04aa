using System.Buffers.Binary;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>
/// Every write to a disk in its order, as QEMU notes them (blklogwrites, in the form of dm-log-writes), to make of it what a power cut leaves:
/// all that was flushed, and of what the disk's cache still held some, none, or a part of one.
/// </summary>
internal static class WriteLog
{
    private const ulong Magic = 0x6a736677736872;
    private const ulong Flush = 1;
    private const ulong ForceUnitAccess = 2;
    private const ulong Discard = 4;
    private const int Sector = 512;

    /// <summary>Writes the log onto the disk as it was when the log began.</summary>
    /// <returns>How many writes there were after the last flush, and how many of them were lost or torn.</returns>
    public static (int Unflushed, int Lost) Replay(string log, string disk, Random random)
    {
        using var source = new FileStream(log, FileMode.Open, FileAccess.Read);
        using var target = new FileStream(disk, FileMode.Open, FileAccess.Write);
        var entries = Read(source);
        var flushed = entries.FindLastIndex(entry => (entry.Flags & (Flush | ForceUnitAccess)) != 0);
        var lost = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            var (sector, count, flags, data) = entries[i];
            if ((flags & Discard) != 0 || count == 0)
            {
                continue; // What was discarded may still be read as it was.
            }

            var kept = i <= flushed ? count : random.Next(3) switch { 0 => 0, 1 => count, _ => random.Next((int)count) };
            lost += kept < count ? 1 : 0;
            var bytes = new byte[kept * Sector];
            source.Position = data;
            source.ReadExactly(bytes);
            target.Position = sector * Sector;
            target.Write(bytes);
        }

        target.Flush(flushToDisk: true);
        return (entries.Count - 1 - flushed, lost);
    }

    private static List<(long Sector, long Count, ulong Flags, long Data)> Read(FileStream log)
    {
        var entries = new List<(long, long, ulong, long)>();
        var head = new byte[Sector];
        if (log.ReadAtLeast(head, Sector, throwOnEndOfStream: false) < Sector)
        {
            return entries; // The power went before anything was written.
        }

        Assert.Equal(Magic, BinaryPrimitives.ReadUInt64LittleEndian(head));
        Assert.Equal(Sector, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(24)));
        while (log.ReadAtLeast(head, Sector, throwOnEndOfStream: false) == Sector)
        {
            var sector = BinaryPrimitives.ReadInt64LittleEndian(head);
            var count = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
            var flags = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(16));
            var data = log.Position;
            var length = (flags & Discard) != 0 ? 0 : count * Sector;
            if ((count == 0 && flags == 0) || data + length > log.Length)
            {
                break; // The power went while this one was being noted.
            }

            entries.Add((sector, count, flags, data));
            log.Position = data + length;
        }

        return entries;
    }
}
