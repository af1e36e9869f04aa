using System.ComponentModel.DataAnnotations;
using EdgeBox.Daemon.Hosting;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>Where workers and their native libraries are, and how patient the box is with them.</summary>
internal sealed class ModelOptions
{
    /// <summary>Where they stand in the settings.</summary>
    public const string Section = "Models";

    /// <summary>Path of the worker program.</summary>
    [Required]
    public string Worker { get; set; } = "/usr/lib/edgebox/edgebox-worker/edgebox-worker";

    /// <summary>Directory of the runtime packs.</summary>
    [Required]
    public string Packs { get; set; } = "/usr/lib/edgebox/pack";

    /// <summary>A model file to serve in place of those that were loaded before; empty for none.</summary>
    public string Serve { get; set; } = "";

    /// <summary>Requests that may wait for a slot, for each model.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>How long a worker with work may show no sign of life before it is killed.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan WorkerPatience { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Holds the ranges of <see cref="ModelOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class ModelOptionsValidator : IValidateOptions<ModelOptions>;
