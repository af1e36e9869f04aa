using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Reads the events of one answer as the parts that every format is made of, and keeps what is told at its end.</summary>
/// <param name="constrained">Whether what is shown is held to a form: what the model says before a call is told with its thinking then.</param>
internal sealed class Pieces(bool constrained)
{
    private readonly List<TokenLogprob> _held = [];
    private Channel _channel;
    private uint _call;
    private bool _isCall;

    /// <summary>Set when the answer has begun.</summary>
    public GenerationStarted? Started { get; private set; }

    /// <summary>Set when the answer has ended.</summary>
    public GenerationFinished? Finished { get; private set; }

    /// <summary>How many tokens were spent on thinking.</summary>
    public uint ReasoningTokens { get; private set; }

    /// <summary>Takes an event.</summary>
    /// <returns>What it adds; null: nothing.</returns>
    public Piece? Take(in Answer answer)
    {
        Started = answer.Started ?? Started;
        Finished = answer.Finished ?? Finished;
        return answer switch
        {
            { Delta: { } delta } => Take(delta),
            { Call: { } call } => Take(call),
            _ => null,
        };
    }

    private Piece? Take(TextDelta delta)
    {
        var reasons = delta.Channel == Channel.Reasoning || (constrained && delta.Channel == Channel.Preamble);
        ReasoningTokens += delta.Channel == Channel.Reasoning ? delta.Tokens : 0;
        _held.AddRange(delta.Logprobs);
        if (delta.Text.Length == 0)
        {
            return null; // Nothing begins with it.
        }

        var begins = _isCall || _channel != delta.Channel;
        (_isCall, _channel) = (false, delta.Channel);
        return new Piece(reasons ? PieceKind.Reasoning : PieceKind.Text, begins, delta.Text, Held());
    }

    private Piece? Take(ToolCallDelta call)
    {
        var begins = !_isCall || _call != call.Index;
        (_isCall, _call) = (true, call.Index);
        return begins || call.Arguments.Length > 0 ? new Piece(PieceKind.Call, begins, call.Arguments, [], call.Id, call.Name) : null;
    }

    /// <summary>What is known of the tokens behind a text; those of calls are told to nobody.</summary>
    private TokenLogprob[] Held()
    {
        if (_held.Count == 0)
        {
            return [];
        }

        TokenLogprob[] held = [.. _held];
        _held.Clear();
        return held;
    }
}
