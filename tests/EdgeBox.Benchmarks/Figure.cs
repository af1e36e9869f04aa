using System.Globalization;

namespace EdgeBox.Benchmarks;

/// <summary>One measured number and what it should be.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Aim">What it should be, in words, e.g. "at most 0.5 s"; empty where nothing was promised.</param>
/// <param name="Measured">What it is, with its unit.</param>
/// <param name="Met">Whether the aim is met; null where there is none.</param>
/// <param name="Note">How, in few words: file, threads, repetitions, spread.</param>
internal sealed record Figure(string Name, string Aim, string Measured, bool? Met, string Note)
{
    /// <summary>A figure that should not be above its aim.</summary>
    public static Figure AtMost(string name, double aim, double measured, string unit, string note) =>
        new(name, $"at most {Number(aim)} {unit}", $"{Number(measured)} {unit}", measured <= aim, note);

    /// <summary>A figure that should not be below its aim.</summary>
    public static Figure AtLeast(string name, double aim, double measured, string note) =>
        new(name, $"at least {Number(aim)}", Number(measured), measured >= aim, note);

    /// <summary>A figure without an aim.</summary>
    public static Figure Plain(string name, double measured, string unit, string note) => new(name, "", $"{Number(measured)} {unit}", null, note);

    /// <summary>A figure that could not be measured here.</summary>
    public static Figure Missing(string name, string why) => new(name, "", "not measured", null, why);

    /// <summary>Three significant digits, or whole numbers above them.</summary>
    public static string Number(double value) => value switch
    {
        0 => "0",
        _ when Math.Abs(value) >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0##", CultureInfo.InvariantCulture),
    };
}
