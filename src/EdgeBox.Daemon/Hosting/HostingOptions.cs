using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Where the daemon keeps its state and how it stops.</summary>
internal sealed class HostingOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Hosting";

    /// <summary>The directory that holds all of the box's state.</summary>
    [Required]
    public string StateDirectory { get; set; } = "/var/lib/edgebox";

    /// <summary>How long calls in progress may go on after a stop was asked for.</summary>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(StateDirectory))
        {
            yield return new ValidationResult("StateDirectory must be an absolute path.", [nameof(StateDirectory)]);
        }
    }
}

/// <summary>Checks <see cref="HostingOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class HostingOptionsValidator : IValidateOptions<HostingOptions>;
