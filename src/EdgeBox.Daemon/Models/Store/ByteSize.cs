using System.Globalization;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>A number of bytes as settings tell it: "4GiB", "512MiB", "0".</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] s_units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("", 1)];

    /// <summary>What a text means; null if it is none.</summary>
    public static long? Read(string text)
    {
        var (unit, bytes) = s_units.First(known => text.EndsWith(known.Unit, StringComparison.Ordinal));
        return long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue / bytes
            ? number * bytes
            : null;
    }
}
