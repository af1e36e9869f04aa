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
}
