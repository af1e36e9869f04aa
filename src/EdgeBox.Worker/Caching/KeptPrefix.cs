namespace EdgeBox.Worker.Caching;

/// <summary>A text that a request has left behind, copied out of the cells in case it comes again.</summary>
/// <param name="Domain">Who may have it.</param>
/// <param name="Tokens">The text.</param>
/// <param name="Copy">What the engine made of it.</param>
internal sealed record KeptPrefix(string Domain, int[] Tokens, ISequenceCopy Copy)
{
    /// <summary>When it was last of use; larger is later.</summary>
    public long LastUsed { get; set; }

    /// <summary>The sequence whose cells hold it too, as long as requests at work share them; -1 if there is none.</summary>
    public int Sequence { get; set; } = -1;

    /// <summary>How many requests share those cells.</summary>
    public int Users { get; set; }

    /// <summary>Whether it is in cells.</summary>
    public bool IsInCells => Sequence >= 0;
}
