namespace EdgeBox.Worker.Constraints.Writing;

/// <summary>Counts what one compilation does, and ends it at a limit; so its time is bounded whatever the text says.</summary>
internal sealed class Work(int limit = Work.Most)
{
    /// <summary>Steps that one compilation may take: a fifth of a second to two, by what is made.</summary>
    public const int Most = 2_000_000;

    public int Spent { get; private set; }

    /// <exception cref="GrammarException">The limit is reached.</exception>
    public void Spend(int steps = 1)
    {
        Spent += Math.Min(steps, limit + 1 - Spent);
        if (Spent > limit)
        {
            throw new GrammarException($"it takes more than {limit} steps to compile; that is the most. Fewer alternatives, properties or repetitions are needed");
        }
    }
}
