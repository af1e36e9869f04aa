using EdgeBox.Daemon.Audit;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>What somebody wants an alias to mean.</summary>
/// <param name="Key">Which alias.</param>
/// <param name="Model">The model, with its version.</param>
/// <param name="Drain">How long answers that have begun may take to end on the old one.</param>
/// <param name="Test">Whether the model has to pass its acceptance suite.</param>
/// <param name="Actor">Who wants it.</param>
/// <param name="Entry">What the audit says of it.</param>
internal sealed record MoveWish(AliasKey Key, ModelName Model, TimeSpan Drain, bool Test, string Actor, AuditEntry Entry);
