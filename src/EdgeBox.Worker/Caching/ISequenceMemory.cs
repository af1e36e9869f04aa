namespace EdgeBox.Worker.Caching;

/// <summary>What the engine remembers of sequences: cells, each of which belongs to one position of one or more sequences.</summary>
internal interface ISequenceMemory
{
    /// <summary>Forgets a sequence from a position on.</summary>
    void Remove(int sequence, int from);

    /// <summary>Lets an empty sequence have the first tokens of another one. No cell is copied; both have them.</summary>
    void Share(int source, int target, int length);

    /// <summary>
    /// The first position from which on everything of a sequence is there, in layers with a sliding window too; -1 if it is empty.
    /// </summary>
    int FirstPosition(int sequence);

    /// <summary>Copies a sequence out of its cells: all positions, and in layers with a sliding window what the window still covers.</summary>
    /// <param name="sequence">It keeps its cells.</param>
    /// <param name="mostBytes">A larger copy is not made.</param>
    /// <returns>Null if there is none.</returns>
    ISequenceCopy? Copy(int sequence, long mostBytes);

    /// <summary>Puts a copy into cells of an empty sequence; false if that cannot be: the sequence is empty then.</summary>
    bool PutBack(ISequenceCopy copy, int sequence);
}

/// <summary>What a sequence held, in main memory.</summary>
internal interface ISequenceCopy : IDisposable
{
    long Bytes { get; }
}
