using System.Globalization;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Rendering;

/// <summary>Puts the contract's values into words for people.</summary>
internal static class Words
{
    /// <summary>Bytes as B, KiB, MiB, GiB or TiB.</summary>
    public static string Bytes(ulong bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }

    /// <summary>A number of weights, e.g. "20.9 B".</summary>
    public static string Count(ulong count) => count switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.0} B"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.0} M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0.0} K"),
        _ => count.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A duration by its two largest units, e.g. "3 d 4 h" or "1.25 s".</summary>
    public static string Duration(Duration? duration) => duration is null ? "-" : Duration(duration.ToTimeSpan());

    /// <inheritdoc cref="Duration(Google.Protobuf.WellKnownTypes.Duration?)" />
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(long)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{time.Hours} h {time.Minutes} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds} s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
    };

    /// <summary>A short duration to the millisecond; "-" if unset.</summary>
    public static string Precise(Duration? duration) => duration?.ToTimeSpan() switch
    {
        null => "-",
        { TotalSeconds: < 1 } brief => string.Create(CultureInfo.InvariantCulture, $"{brief.TotalMilliseconds:0} ms"),
        { } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s"),
    };

    /// <summary>An amount of money.</summary>
    public static string Money(double amount, string? currency)
        => string.Create(CultureInfo.InvariantCulture, $"{(amount is > 0 and < 1 ? Math.Round(amount, 4) : Math.Round(amount, 2)):#,0.00##} {currency}").TrimEnd();

    /// <summary>A time in UTC to the second; "-" if unset.</summary>
    public static string Time(Timestamp? time)
        => time?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>The last part of a resource name: "models/chat" is "chat".</summary>
    public static string Short(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>A whole number.</summary>
    public static string Number(uint value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A state in one word.</summary>
    public static string State(ModelState state) => state == ModelState.Unspecified ? "-" : state.ToString().ToLowerInvariant();

    /// <inheritdoc cref="State(ModelState)" />
    public static string State(OperationState state) => state == OperationState.Unspecified ? "-" : state.ToString().ToLowerInvariant();

    /// <inheritdoc cref="State(ModelState)" />
    public static string State(Health health) => health == Health.Unspecified ? "unknown" : health.ToString().ToLowerInvariant();

    /// <summary>How the last acceptance run ended; null if there was none.</summary>
    public static string? Verdict(AcceptanceVerdict verdict) => verdict switch
    {
        AcceptanceVerdict.Passed => "passed",
        AcceptanceVerdict.Failed => "not passed",
        _ => null,
    };

    /// <summary>A role in one word.</summary>
    public static string RoleName(Role role) => role == Role.Unspecified ? "-" : role.ToString().ToLowerInvariant();
}
