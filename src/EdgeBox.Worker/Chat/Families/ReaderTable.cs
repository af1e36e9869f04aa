namespace EdgeBox.Worker.Chat.Families;

/// <summary>The signs that a family's answers are made of.</summary>
internal sealed record ReaderTable
{
    /// <summary>Begins thinking; null where models of the family do not think.</summary>
    public Tag? ThinkOpen { get; init; }

    /// <summary>Ends it.</summary>
    public Tag? ThinkClose { get; init; }

    /// <summary>Begins a call; null where there are none.</summary>
    public Tag? CallOpen { get; init; }

    /// <summary>Ends a call; null where it reaches to the next or to the end of the answer.</summary>
    public Tag? CallClose { get; init; }

    /// <summary>What a call is written in.</summary>
    public CallForm? Calls { get; init; }

    /// <summary>In a call: between the tool's name and its arguments, where that is a sign.</summary>
    public Tag? Arguments { get; init; }

    /// <summary>Signs that belong to what is written in a call.</summary>
    public IReadOnlyList<Tag> Inner { get; init; } = [];

    /// <summary>Signs after which the model is no longer speaking.</summary>
    public IReadOnlyList<Tag> Ends { get; init; } = [];
}

/// <summary>Where the prompt left the model.</summary>
internal enum ReaderStart
{
    /// <summary>Before anything.</summary>
    Beginning,

    /// <summary>In thinking that the prompt opened.</summary>
    Thinking,

    /// <summary>Behind thinking that the prompt ended.</summary>
    Answer,

    /// <summary>In a call that the prompt opened.</summary>
    Call,
}
