using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>A model in the store; replaced as a whole when something about it changes.</summary>
internal sealed record InstalledModel
{
    /// <summary>Always with its version.</summary>
    public required ModelName Name { get; init; }

    /// <summary>What the store knows of it.</summary>
    public required ModelManifest Manifest { get; init; }

    /// <summary>When it was imported.</summary>
    public required DateTimeOffset Imported { get; init; }

    /// <summary>When all of its bytes were last compared with their hashes; null: never since the import was cut off.</summary>
    public DateTimeOffset? Verified { get; init; }

    /// <summary>Why the box does not load it; null if it does.</summary>
    public FailureException? Quarantine { get; init; }

    /// <summary>Size of its files; what it shares with others counts.</summary>
    public long Bytes => Files.Sum(file => (long)file.Bytes);

    /// <summary>Its GGUF files, and its acceptance suite if it brings one.</summary>
    public IEnumerable<ModelPart> Files => Manifest.Suite is { } suite ? Manifest.Parts.Append(suite) : Manifest.Parts;

    /// <summary>The model as the public contract tells it, as far as the store knows it: it is not in memory.</summary>
    public Model Describe() => new()
    {
        Name = Name.ToString(),
        State = Quarantine is null ? ModelState.Available : ModelState.Quarantined,
        FileBytes = (ulong)Bytes,
        Architecture = Manifest.Architecture,
        Title = Manifest.Title,
        Problem = Quarantine is null ? null : FailureStatus.From(Quarantine),
        Manifest = Manifest,
        VerifiedTime = Verified is { } time ? Timestamp.FromDateTimeOffset(time) : null,
    };
}
