using System.ComponentModel.DataAnnotations;
using EdgeBox.Daemon.Hosting;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>Where workers and their native libraries are, and how patient the box is with them.</summary>
internal sealed class ModelOptions : IValidatableObject
{
    /// <summary>Where they stand in the settings.</summary>
    public const string Section = "Models";

    /// <summary>Path of the worker program.</summary>
    [Required]
    public string Worker { get; set; } = "/usr/lib/edgebox/edgebox-worker/edgebox-worker";

    /// <summary>Directory of the runtime packs.</summary>
    [Required]
    public string Packs { get; set; } = "/usr/lib/edgebox/pack";

    /// <summary>Whether each worker is a unit of systemd (edgebox-worker@.service), and not a child of the daemon.</summary>
    public bool WorkerUnits { get; set; }

    /// <summary>A model file to serve in place of those that were loaded before; empty for none.</summary>
    public string Serve { get; set; } = "";

    /// <summary>Requests that may wait for a slot, for each model.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>How many of them may be one identity's.</summary>
    [Range(1, 100_000)]
    public int MaxWaitingPerIdentity { get; set; } = 128;

    /// <summary>Slots of a model that one identity may hold; 0: all.</summary>
    [Range(0, 64)]
    public int MaxRunningPerIdentity { get; set; }

    /// <summary>Identities that get more or less than others when many ask, e.g. <c>cert:frontdesk=4</c>.</summary>
    public string[] Weights { get; set; } = [];

    /// <summary>How long a worker with work may show no sign of life before it is killed.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan WorkerPatience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>MiB of main memory that all models together may take; 0: what the machine has to give.</summary>
    [Range(0, int.MaxValue)]
    public int MemoryLimit { get; set; }

    /// <summary>How long a model that is to be loaded waits for others to become idle so that they can make room.</summary>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan RoomPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many of a model's workers may die within ten minutes; with the last of them the model is quarantined.</summary>
    [Range(1, 1000)]
    public int MaxDeaths { get; set; } = 3;

    /// <summary>What imports leave free on the disk, e.g. <c>4GiB</c>; empty: the larger of 1 GiB and a fiftieth of the disk.</summary>
    public string StoreReserve { get; set; } = "";

    /// <summary>How much of the store is read a second to see whether it is still whole, e.g. <c>8MiB</c>; 0: none. An eighth of it while models answer.</summary>
    public string ScrubRate { get; set; } = "8MiB";

    /// <summary>How often all of the store is looked through.</summary>
    [TimeRange("00:00:01", "3650.00:00:00")]
    public TimeSpan ScrubInterval { get; set; } = TimeSpan.FromDays(7);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Weights
        .Where(text => IdentityWeights.Read(text) is null)
        .Select(text => new ValidationResult(
            $"Weights: '{text}' is no IDENTITY=N with N from {IdentityWeights.Least} to {IdentityWeights.Most}, e.g. cert:frontdesk=4.", [nameof(Weights)]))
        .Concat(new[] { (nameof(StoreReserve), StoreReserve), (nameof(ScrubRate), ScrubRate) }
            .Where(size => size.Item2.Length > 0 && Store.ByteSize.Read(size.Item2) is null)
            .Select(size => new ValidationResult($"{size.Item1}: '{size.Item2}' is no number of bytes, e.g. 512MiB.", [size.Item1])));
}

/// <summary>Holds the ranges of <see cref="ModelOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class ModelOptionsValidator : IValidateOptions<ModelOptions>;
