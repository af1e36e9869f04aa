using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Constraints;

/// <summary>What holds for the tokens of one answer, wherever in it they stand.</summary>
/// <param name="reader">Knows where the next token stands; null: in the answer, always.</param>
/// <param name="answer">Holds for the answer itself; null: it is free.</param>
/// <param name="calls">Makes what holds for a call, by tool ("": the tool is named in the call). Empty: calls are free.</param>
/// <param name="isEnforced">Whether the structure is held to as well: the model may then neither go round the answer nor leave it out.</param>
/// <param name="pieces">The bytes of the tokens.</param>
internal sealed class AnswerForm(
    IAnswerReader? reader, ITokenConstraint? answer, IReadOnlyDictionary<string, Func<ITokenConstraint>> calls, bool isEnforced, PieceTable pieces)
{
    private readonly StructureConstraint? _structure = isEnforced && reader is not null ? new StructureConstraint(reader, pieces) : null;
    private readonly ITokenConstraint? _answer = answer is not null && reader is not null ? new AnswerConstraint(reader, answer, pieces) : answer;
    private ITokenConstraint? _call;

    /// <summary>What holds for the next token; null: nothing does.</summary>
    public ITokenConstraint? Now()
    {
        var place = reader?.Place ?? AnswerPlace.Answer;
        if (place != AnswerPlace.Call)
        {
            _call = null;
            return place == AnswerPlace.Answer ? _answer : _structure;
        }

        return _call ??= calls.GetValueOrDefault(reader!.Tool ?? "")?.Invoke();
    }

    /// <summary>Holds the structure of an answer to its form.</summary>
    private sealed class StructureConstraint(IAnswerReader reader, PieceTable pieces) : ITokenConstraint
    {
        /// <inheritdoc/>
        public bool Allows(int token) => reader.Place == AnswerPlace.Structure
            ? reader.MayFollow(token, pieces[token])
            : !pieces.EndsGeneration(token);

        /// <inheritdoc/>
        public void Mask(Span<float> logits)
        {
            for (var token = 0; token < logits.Length; token++)
            {
                if (!Allows(token))
                {
                    logits[token] = float.NegativeInfinity;
                }
            }
        }

        /// <inheritdoc/>
        public void Accept(int token)
        {
            // The reader reads it.
        }
    }

    /// <summary>Holds the answer to what it has to be, where it has not begun to be something else: thinking or a call.</summary>
    private sealed class AnswerConstraint(IAnswerReader reader, ITokenConstraint answer, PieceTable pieces) : ITokenConstraint
    {
        /// <inheritdoc/>
        public bool Allows(int token) => reader.MayFollow(token, pieces[token]) || answer.Allows(token);

        /// <inheritdoc/>
        /// <remarks>A model that did not begin something else by itself is not made to.</remarks>
        public void Mask(Span<float> logits) => answer.Mask(logits);

        /// <inheritdoc/>
        public void Accept(int token)
        {
            if (!reader.MayFollow(token, pieces[token]))
            {
                answer.Accept(token);
            }
        }
    }
}
