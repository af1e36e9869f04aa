using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>What a client asked of /v1/completions: each request is one answer.</summary>
/// <param name="Requests">As the box's contract has it, in the order of the answers.</param>
/// <param name="Names">What their fields are called here.</param>
internal sealed record CompletionCall(IReadOnlyList<CompleteRequest> Requests, WireNames Names)
{
    /// <summary>Whether the answer is told as it is made.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether a stream tells at its end what it cost.</summary>
    public bool TellsUsage { get; init; }

    /// <summary>Whether each answer begins with its prompt.</summary>
    public bool Echoes { get; init; }
}
