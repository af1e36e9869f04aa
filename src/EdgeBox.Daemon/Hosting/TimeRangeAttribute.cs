using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Holds a span of time between two others, both allowed; unlike <see cref="RangeAttribute"/> it needs no type converter at run time.</summary>
/// <param name="least">HH:MM:SS.</param>
/// <param name="most">HH:MM:SS, or D.HH:MM:SS.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeRangeAttribute(string least, string most) : ValidationAttribute
{
    /// <summary>The shortest span allowed.</summary>
    public string Least { get; } = least;

    /// <summary>The longest span allowed.</summary>
    public string Most { get; } = most;

    public override bool IsValid(object? value) =>
        value is TimeSpan span
        && span >= TimeSpan.Parse(Least, CultureInfo.InvariantCulture)
        && span <= TimeSpan.Parse(Most, CultureInfo.InvariantCulture);

    public override string FormatErrorMessage(string name) => $"{name} must be between {Least} and {Most}.";
}
