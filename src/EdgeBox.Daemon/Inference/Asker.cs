using EdgeBox.Daemon.Models;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Who asks the models for something, whatever way the request came.</summary>
/// <param name="Identity">E.g. <c>cert:alice</c>, <c>key:chatbox</c>.</param>
internal sealed record Asker(string Identity)
{
    /// <summary>Refuses a model before it is brought into memory; null: any will do.</summary>
    public Action<ModelName>? Admit { get; init; }

    /// <summary>Told once of each request what it took, however it ended; null: nobody counts.</summary>
    public Action<Usage>? Charge { get; init; }
}
