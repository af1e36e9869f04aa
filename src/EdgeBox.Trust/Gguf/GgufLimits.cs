namespace EdgeBox.Trust.Gguf;

/// <summary>How much of a file's metadata the validator is willing to read; the defaults hold every model that is known.</summary>
public sealed record GgufLimits
{
    public static GgufLimits Default { get; } = new();

    /// <summary>Bytes before the tensor data, of one file.</summary>
    public long MetadataBytes { get; init; } = 256L << 20;

    /// <summary>Key-value pairs; the engine compares each key with each other one.</summary>
    public int Keys { get; init; } = 4096;

    /// <summary>Tensors of one file; the engine compares each name with each other one.</summary>
    public int Tensors { get; init; } = 16384;

    /// <summary>Bytes of a key.</summary>
    public int KeyBytes { get; init; } = 1024;

    /// <summary>Bytes of a string that is the value of a key.</summary>
    public int StringBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of a string inside an array, at most 65,536.</summary>
    public int ElementBytes { get; init; } = 65536;

    /// <summary>Elements of an array of strings or numbers.</summary>
    public int ArrayElements { get; init; } = 4 << 20;

    /// <summary>Tokens of the vocabulary.</summary>
    public int Tokens { get; init; } = 1 << 20;

    /// <summary>Files of a split model.</summary>
    public int Parts { get; init; } = 256;
}
