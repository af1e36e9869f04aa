using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>What a part of an answer is to a client.</summary>
internal enum PieceKind
{
    /// <summary>The model thinking aloud.</summary>
    Reasoning,

    /// <summary>What is shown.</summary>
    Text,

    /// <summary>A call.</summary>
    Call,
}

/// <summary>Some more of one part of an answer.</summary>
/// <param name="Kind">What the part is.</param>
/// <param name="Begins">Whether it is the first of its part.</param>
/// <param name="Text">The text; of a call its arguments.</param>
/// <param name="Logprobs">Of the tokens that were made since the last piece.</param>
/// <param name="CallId">Of the beginning of a call.</param>
/// <param name="Tool">Of the beginning of a call.</param>
internal readonly record struct Piece(
    PieceKind Kind, bool Begins, string Text, IReadOnlyList<TokenLogprob> Logprobs, string CallId = "", string Tool = "");
