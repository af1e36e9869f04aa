namespace EdgeBox.Worker.Batching;

/// <summary>How much a context does at once.</summary>
internal sealed record GenerationShape
{
    /// <summary>Guesses of all answers in one step; each reserves memory for its logits.</summary>
    private const int MostGuesses = 32;

    private const int MostKept = 32;

    // Waking a thread costs some tens of microseconds: as much as looking at so many logits.
    private const long WorthHelpLogits = 100_000;

    /// <summary>Requests at once.</summary>
    public required int Slots { get; init; }

    /// <summary>Context of one request, in tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Most prompt tokens in one step.</summary>
    public required int PrefillChunk { get; init; }

    /// <summary>Prompt tokens in a step of a request that is alone: always the same, so that the same request is read the same way.</summary>
    public required int ChunkAlone { get; init; }

    /// <summary>Tokens that layers with a sliding window look back at; 0 if there are none.</summary>
    public required int SlidingWindow { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Cells of the KV cache. With fewer than the slots may come to need, requests wait for each other.</summary>
    public required int Cells { get; init; }

    /// <summary>Main memory for texts that are kept.</summary>
    public required long KeptBytes { get; init; }

    /// <summary>Sequences of the context: one for each request, and more for kept texts whose cells requests share.</summary>
    public int Sequences => Math.Max(Slots + 8, Math.Min(3 * Slots, Slots + MostKept));

    /// <summary>Tokens of one step that may have logits. The engine aborts if it is fewer than sequences.</summary>
    public int Outputs => Math.Max(Sequences, Slots + Guesses);

    /// <summary>Guesses in one step.</summary>
    public int Guesses => Math.Min(MostGuesses, 12 * Slots);

    /// <summary>Most tokens in one step.</summary>
    public int BatchTokens => PrefillChunk + Slots + Guesses;

    /// <summary>Whether others should help to look at so many outputs.</summary>
    public bool WorthHelp(int outputs) => outputs > 1 && (long)outputs * Vocabulary > WorthHelpLogits;
}
