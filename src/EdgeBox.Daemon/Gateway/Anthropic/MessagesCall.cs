using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>How thinking is told.</summary>
internal enum ThinkingView
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>As it is.</summary>
    Shown,

    /// <summary>In a form that a client only keeps and sends back.</summary>
    Kept,
}

/// <summary>What a client asked of /v1/messages.</summary>
/// <param name="Request">As the box's contract has it.</param>
/// <param name="Names">What its fields are called here.</param>
internal sealed record MessagesCall(ChatRequest Request, WireNames Names)
{
    /// <summary>Whether the answer is told as it is made.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether the model may make one call at most.</summary>
    public bool OneCall { get; init; }

    /// <summary>How thinking is told.</summary>
    public ThinkingView Thinking { get; init; }
}
