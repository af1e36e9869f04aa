using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Models;

/// <summary>A model in memory and who serves it.</summary>
/// <param name="Name">The model.</param>
/// <param name="Host">Who serves it.</param>
internal sealed record ServedModel(ModelName Name, ModelHost Host);
