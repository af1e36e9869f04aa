using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>What a client asked of /v1/chat/completions.</summary>
/// <param name="Request">As the box's contract has it.</param>
/// <param name="Names">What its fields are called here.</param>
internal sealed record ChatCompletionCall(ChatRequest Request, WireNames Names)
{
    /// <summary>More answers than this to one question are refused.</summary>
    public const uint MaxChoices = 16;

    /// <summary>How many answers are wanted.</summary>
    public uint Choices { get; init; } = 1;

    /// <summary>Whether the answer is told as it is made.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether a stream tells at its end what it cost.</summary>
    public bool TellsUsage { get; init; }

    /// <summary>Whether the model may make one call at most.</summary>
    public bool OneCall { get; init; }
}
