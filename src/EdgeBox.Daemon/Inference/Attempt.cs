using System.Text;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Inference;

/// <summary>One attempt at an answer, held back until it was judged.</summary>
internal sealed class Attempt
{
    /// <summary>Pieces of an answer that is there as a whole are told as larger ones.</summary>
    private const int MaxPieceCharacters = 16 * 1024;

    private readonly List<Answer> _held = [];
    private readonly StringBuilder _answer = new();
    private readonly StringBuilder _text = new();
    private TextDelta? _piece;

    /// <summary>What is judged: the answer itself, without thinking and without what was said before a call.</summary>
    public string Answer => _answer.ToString();

    /// <summary>How it ended; null while it has not.</summary>
    public GenerationFinished? Finished { get; private set; }

    /// <summary>What was found; null if it was not judged.</summary>
    public IReadOnlyList<CheckVerdict>? Verdicts { get; set; }

    /// <summary>How many checks it passed.</summary>
    public int Passed => Verdicts?.Count(verdict => verdict.Passed) ?? 0;

    /// <summary>Takes an event.</summary>
    public void Take(Answer said)
    {
        Finished = said.Finished ?? Finished;
        if (said.Delta is { } delta)
        {
            _answer.Append(delta.Channel == Channel.Answer ? delta.Text : "");
            Hold(delta);
        }
        else if (said.Call is not null)
        {
            EndPiece();
            _held.Add(said);
        }
    }

    /// <summary>What was said, in order.</summary>
    public IEnumerable<Answer> Said()
    {
        EndPiece();
        return _held;
    }

    /// <summary>Joins deltas of a kind.</summary>
    private void Hold(TextDelta delta)
    {
        if (_piece?.Channel != delta.Channel || _text.Length >= MaxPieceCharacters)
        {
            EndPiece();
            _piece = new TextDelta { Channel = delta.Channel };
        }

        _text.Append(delta.Text);
        _piece.Tokens += delta.Tokens;
        _piece.Logprobs.AddRange(delta.Logprobs);
    }

    private void EndPiece()
    {
        if (_piece is { } piece)
        {
            piece.Text = _text.ToString();
            _held.Add(new Answer(null, piece, null));
            _text.Clear();
            _piece = null;
        }
    }
}
