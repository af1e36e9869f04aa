using System.Globalization;
using System.Reflection;

namespace EdgeBox.Daemon.Time;

/// <summary>The day on which this build was released: no moment before it can be now.</summary>
internal static class ReleaseDate
{
    /// <summary>Midnight, UTC, from the assembly's metadata.</summary>
    public static DateTimeOffset Value { get; } = DateTimeOffset.ParseExact(
        typeof(ReleaseDate).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == nameof(ReleaseDate)).Value!,
        "yyyy-MM-dd",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal);
}
