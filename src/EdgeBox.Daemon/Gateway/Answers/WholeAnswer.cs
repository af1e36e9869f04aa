using System.Text;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>One part of an answer that is told whole.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a call its arguments.</param>
/// <param name="Logprobs">Of its tokens.</param>
/// <param name="CallId">Of a call.</param>
/// <param name="Tool">Of a call.</param>
internal sealed record WholePart(PieceKind Kind, StringBuilder Text, List<TokenLogprob> Logprobs, string CallId, string Tool);

/// <summary>An answer that is told whole: its parts, and how it ended.</summary>
/// <param name="constrained">See <see cref="Pieces"/>.</param>
internal sealed class WholeAnswer(bool constrained)
{
    private const string Between = "\n\n";

    private readonly Pieces _pieces = new(constrained);
    private readonly List<WholePart> _parts = [];

    /// <summary>The parts in order.</summary>
    public IReadOnlyList<WholePart> Parts => _parts;

    /// <summary>How it began and ended.</summary>
    public Pieces Events => _pieces;

    /// <summary>Attempts that did not pass the checks.</summary>
    public List<AttemptJudged> Attempts { get; } = [];

    /// <summary>Takes an event.</summary>
    /// <returns>What it added; null: nothing.</returns>
    public Piece? Take(in Answer answer)
    {
        if (answer.Attempt is { } attempt)
        {
            Attempts.Add(attempt);
        }

        if (_pieces.Take(answer) is not { } piece)
        {
            return null;
        }

        if (piece.Begins)
        {
            _parts.Add(new WholePart(piece.Kind, new StringBuilder(), [], piece.CallId, piece.Tool));
        }

        _parts[^1].Text.Append(piece.Text);
        _parts[^1].Logprobs.AddRange(piece.Logprobs);
        return piece;
    }

    /// <summary>The parts of a kind as one text, an empty line between them; null if there are none.</summary>
    public string? Joined(PieceKind kind)
    {
        var parts = _parts.Where(part => part.Kind == kind).Select(part => part.Text.ToString()).ToList();
        return parts.Count == 0 ? null : string.Join(Between, parts);
    }
}
