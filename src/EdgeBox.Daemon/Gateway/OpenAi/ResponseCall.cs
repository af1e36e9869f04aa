using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>What a client asked of /v1/responses.</summary>
/// <param name="Request">As the box's contract has it.</param>
/// <param name="Names">What its fields are called here.</param>
/// <param name="Told">Fields of the request that its answer has too: their names, and their JSON.</param>
internal sealed record ResponseCall(ChatRequest Request, WireNames Names, IReadOnlyList<(string Name, string Json)> Told)
{
    /// <summary>Whether the answer is told as it is made.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether the model may make one call at most.</summary>
    public bool OneCall { get; init; }

    /// <summary>Whether thinking is told as a summary: all of it.</summary>
    public bool Summarises { get; init; }

    /// <summary>Whether thinking is told in a form that a client only keeps and sends back.</summary>
    public bool Sealed { get; init; }
}
