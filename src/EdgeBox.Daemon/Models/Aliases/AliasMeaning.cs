using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>What an alias means; replaced as a whole when it is moved.</summary>
internal sealed record AliasMeaning
{
    /// <summary>Which alias, and for whom.</summary>
    public required AliasKey Key { get; init; }

    /// <summary>The model that it means: one of the store, with its version.</summary>
    public required ModelName Model { get; init; }

    /// <summary>The model that it meant before; null if there is none to return to.</summary>
    public ModelName? Previous { get; init; }

    /// <summary>When it was last moved.</summary>
    public required DateTimeOffset Moved { get; init; }

    /// <summary>Who moved it.</summary>
    public required string Actor { get; init; }

    /// <summary>Why the box moved it by itself, if it did.</summary>
    public FailureException? Problem { get; init; }

    /// <summary>The alias as the public contract tells it.</summary>
    public Alias Describe() => new()
    {
        Name = Key.ToString(),
        Identity = Key.Identity,
        Model = Model.ToString(),
        Previous = Previous?.ToString() ?? "",
        MoveTime = Timestamp.FromDateTimeOffset(Moved),
        Actor = Actor,
        Problem = Problem is null ? null : FailureStatus.From(Problem),
    };
}
