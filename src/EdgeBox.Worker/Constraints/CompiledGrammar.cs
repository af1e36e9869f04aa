namespace EdgeBox.Worker.Constraints;

/// <summary>A grammar with the states that were met so far; shared by all that use the same text.</summary>
internal sealed class CompiledGrammar
{
    private readonly Lock _gate = new();
    private readonly MaskCache _cache;
    private StateSpace _space;

    public CompiledGrammar(Grammar grammar, MaskCache cache)
    {
        (Grammar, _cache) = (grammar, cache);
        _space = new StateSpace(grammar);
    }

    public Grammar Grammar { get; }

    /// <summary>The state before the first byte.</summary>
    /// <exception cref="GrammarException">The grammar may begin in too many ways.</exception>
    public AutomatonState Start()
    {
        var start = Current().Start(new Effort());
        return start.IsDead
            ? throw new GrammarException(1, 1, $"the grammar is too ambiguous: the answer may begin in more than {GrammarLimits.Stacks} ways")
            : start;
    }

    /// <summary>The same state among the current states: those of a grammar are made afresh when they take too much memory.</summary>
    public AutomatonState Renew(AutomatonState state)
    {
        if (state.IsDead)
        {
            return state;
        }

        var space = Current();
        return ReferenceEquals(state.Space, space) ? state : space.Import(state, state.Space.Export(state));
    }

    private StateSpace Current()
    {
        var space = Volatile.Read(ref _space);
        if (space.Bytes <= GrammarLimits.SpaceBytes)
        {
            return space;
        }

        lock (_gate)
        {
            if (ReferenceEquals(_space, space))
            {
                Volatile.Write(ref _space, new StateSpace(Grammar));
                _cache.Drop(space);
            }

            return _space;
        }
    }
}
