namespace EdgeBox.Worker.Constraints;

/// <summary>Counts what one call makes an automaton do, and ends it at a limit.</summary>
internal sealed class Effort
{
    private int _steps;
    private int _states;

    /// <exception cref="GrammarException">The limit is reached.</exception>
    public void AddSteps(int count) => Add(ref _steps, count, GrammarLimits.MaskSteps);

    /// <exception cref="GrammarException">The limit is reached.</exception>
    public void AddState() => Add(ref _states, 1, GrammarLimits.MaskStates);

    private static void Add(ref int what, int count, int limit)
    {
        what += count;
        if (what > limit)
        {
            throw new GrammarException("the grammar is too ambiguous: what may come here cannot be told within the limits");
        }
    }
}
