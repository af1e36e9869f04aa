namespace EdgeBox.Trust.Gguf;

/// <summary>What an accepted model file says of itself: what a memory plan and a list of models need.</summary>
public sealed record GgufSummary
{
    /// <summary>The architecture, as in general.architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>general.name, if there is one.</summary>
    public string? Name { get; init; }

    /// <summary>Numbers in all tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>Longest context that the model was trained for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Layers.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Width of the residual stream; for embedding models the length of one embedding.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    public required int HeadCount { get; init; }

    public required int KeyValueHeadCount { get; init; }

    /// <summary>Numbers of one head's key.</summary>
    public required int KeyLength { get; init; }

    /// <summary>Numbers of one head's value.</summary>
    public required int ValueLength { get; init; }

    /// <summary>Positions that a windowed layer sees; 0 if no layer is windowed.</summary>
    public required int SlidingWindow { get; init; }

    /// <summary>Layers that see only the sliding window.</summary>
    public required int WindowedBlockCount { get; init; }

    /// <summary>Experts of a layer; 0 if the model is dense.</summary>
    public required int ExpertCount { get; init; }

    /// <summary>Experts that one token uses.</summary>
    public required int ExpertUsedCount { get; init; }

    /// <summary>general.file_type: llama.cpp's number of the quantisation recipe, if it says.</summary>
    public uint? FileType { get; init; }

    /// <summary>The type that most bytes of its tensors have, as ggml calls it.</summary>
    public required string Quantisation { get; init; }

    /// <summary>Whether the model makes embeddings and no text.</summary>
    public required bool IsEncoder { get; init; }

    /// <summary>llama.cpp's pooling of embeddings: 0 none, 1 mean, 2 first token, 3 last token; null if it does not say.</summary>
    public uint? Pooling { get; init; }

    /// <summary>The Jinja chat template, if there is one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>tokenizer.ggml.model: gpt2, llama or bert.</summary>
    public required string TokenizerModel { get; init; }

    /// <summary>tokenizer.ggml.pre: which rules split text into words, if it says.</summary>
    public string? TokenizerPre { get; init; }

    /// <summary>Bytes of all tensors without padding.</summary>
    public required long TensorBytes { get; init; }

    /// <summary>Where tensor data begins in the first file.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Files that make up the model.</summary>
    public required int Parts { get; init; }
}
