using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Constraints;

/// <summary>Holds one sequence to a grammar.</summary>
/// <remarks>
/// When what was accepted is complete, one of the ends may follow. Its members throw <see cref="GrammarException"/> where the grammar cannot be followed: it is too ambiguous, or the vocabulary has no token
/// that goes on. The sequence must then end.
/// </remarks>
internal sealed class GrammarConstraint(CompiledGrammar grammar, MaskFinder masks, int[] ends, PieceTable pieces) : ITokenConstraint
{
    private readonly List<float> _kept = [];
    private AutomatonState _state = grammar.Start();

    /// <summary>Whether what was accepted so far is complete.</summary>
    public bool IsComplete => _state.Ends;

    /// <inheritdoc/>
    public bool Allows(int token) =>
        (uint)token < (uint)pieces.Count
        && (IsEnd(token) ? _state.Ends : !Behind(token).IsDead);

    /// <summary>Whether a token is not allowed only because following it is beyond a limit.</summary>
    /// <remarks>A mask counts stacks without their context, so it may leave such a token; it leaves every token that is allowed.</remarks>
    public bool IsBeyondLimits(int token) =>
        (uint)token < (uint)pieces.Count && !IsEnd(token) && ReferenceEquals(Behind(token), AutomatonState.Beyond);

    /// <inheritdoc/>
    public void Mask(Span<float> logits)
    {
        if (logits.Length != pieces.Count)
        {
            throw new ArgumentException($"There are {logits.Length} logits for {pieces.Count} tokens.", nameof(logits));
        }

        _state = grammar.Renew(_state);
        var mask = _state.IsDead ? null : masks.Find(grammar.Grammar, _state, new Effort());
        if (mask is null || (mask.IsEmpty && !_state.Ends))
        {
            throw Enumerable.Range(0, pieces.Count).Any(IsBeyondLimits)
                ? BeyondLimits()
                : new GrammarException("the grammar allows no token here: none of the model's tokens goes on as it wants");
        }

        mask.Tokens.Apply(logits, _state.Ends ? [.. mask.Further, .. ends] : mask.Further, _kept);
    }

    /// <inheritdoc/>
    public void Accept(int token)
    {
        if (!Allows(token))
        {
            throw IsBeyondLimits(token) ? BeyondLimits() : new InvalidOperationException($"The grammar does not allow token {token} here.");
        }

        _state = IsEnd(token) ? AutomatonState.Dead : grammar.Renew(Behind(token));
    }

    private bool IsEnd(int token) => ends.AsSpan().Contains(token);

    private static GrammarException BeyondLimits() => new(
        $"the grammar cannot be followed here: more than {GrammarLimits.Stacks} readings or {GrammarLimits.Depth} rules inside one another would be needed");

    /// <summary>The state behind a token's bytes; a token without bytes leads nowhere.</summary>
    private AutomatonState Behind(int token)
    {
        var piece = pieces[token];
        var state = piece.IsEmpty ? AutomatonState.Dead : _state;
        Effort? effort = null;
        foreach (var value in piece)
        {
            if (state.IsDead)
            {
                break;
            }

            state = state.Space.Step(state, value, effort ??= new Effort());
        }

        return state;
    }
}
