namespace EdgeBox.Trust.Gguf;

/// <summary>How an architecture turns positions into rotations.</summary>
internal enum GgufRope
{
    /// <summary>It has position embeddings instead.</summary>
    None,

    /// <summary>The whole head is rotated.</summary>
    WholeHead,

    /// <summary>A part of the head may stay as it is.</summary>
    PartOfHead,
}

/// <summary>Whether an architecture has a certain thing.</summary>
internal enum GgufPresence
{
    Never,
    Maybe,
    Always,
}

/// <summary>What the engine asks of a model of one architecture.</summary>
/// <param name="Name">Its name in general.architecture.</param>
/// <param name="EpsilonKey">The key of the epsilon of its norms.</param>
/// <param name="IsSquare">Whether queries are as wide as the residual stream.</param>
/// <param name="Rope">What is rotated.</param>
/// <param name="Experts">Whether layers have experts.</param>
/// <param name="Window">Whether some layers see only a window.</param>
/// <param name="WindowPattern">Every so many layers one sees everything, unless a key says otherwise.</param>
/// <param name="IsEncoder">Whether it makes embeddings and no text.</param>
/// <param name="Tensors">States the tensors that it has.</param>
internal sealed record GgufArchitecture(
    string Name,
    string EpsilonKey,
    bool IsSquare,
    GgufRope Rope,
    GgufPresence Experts,
    GgufPresence Window,
    int WindowPattern,
    bool IsEncoder,
    Action<GgufTensorRules, GgufShape> Tensors)
{
    private const string Rms = "attention.layer_norm_rms_epsilon";
    private const string Layer = "attention.layer_norm_epsilon";

    // Keys, tensors and shapes: src/models/*.cpp of llama.cpp v0.5.0.
    private static readonly Dictionary<string, GgufArchitecture> s_known = new GgufArchitecture[]
    {
        new("llama", Rms, false, GgufRope.WholeHead, GgufPresence.Maybe, GgufPresence.Never, 0, false, GgufDecoders.Llama),
        new("gpt-oss", Rms, false, GgufRope.WholeHead, GgufPresence.Always, GgufPresence.Always, 2, false, GgufDecoders.GptOss),
        new("qwen2", Rms, true, GgufRope.WholeHead, GgufPresence.Never, GgufPresence.Never, 0, false, GgufDecoders.Qwen2),
        new("qwen3", Rms, false, GgufRope.WholeHead, GgufPresence.Never, GgufPresence.Never, 0, false, GgufDecoders.Qwen3),
        new("qwen3moe", Rms, false, GgufRope.WholeHead, GgufPresence.Always, GgufPresence.Never, 0, false, GgufDecoders.Qwen3),
        new("gemma2", Rms, false, GgufRope.WholeHead, GgufPresence.Never, GgufPresence.Always, 2, false, GgufDecoders.Gemma2),
        new("gemma3", Rms, false, GgufRope.WholeHead, GgufPresence.Never, GgufPresence.Maybe, 6, false, GgufDecoders.Gemma3),
        new("phi3", Rms, true, GgufRope.PartOfHead, GgufPresence.Never, GgufPresence.Never, 0, false, GgufDecoders.Phi3),
        new("bert", Layer, true, GgufRope.None, GgufPresence.Never, GgufPresence.Never, 0, true, GgufEncoders.Bert),
        new("nomic-bert", Layer, true, GgufRope.WholeHead, GgufPresence.Never, GgufPresence.Never, 0, true, GgufEncoders.NomicBert),
    }.ToDictionary(a => a.Name);

    public static string Names { get; } = string.Join(", ", s_known.Keys);

    public static GgufArchitecture? Find(string name) => s_known.GetValueOrDefault(name);
}

/// <summary>The extents that the tensors of one model must have.</summary>
internal sealed record GgufShape
{
    public required GgufArchitecture Architecture { get; init; }

    public required int Layers { get; init; }

    public required int Embedding { get; init; }

    public required int Context { get; init; }

    public required int Heads { get; init; }

    public required int KvHeads { get; init; }

    /// <summary>Numbers of one head, for keys and values alike.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Numbers of a head that are rotated.</summary>
    public required int Rotary { get; init; }

    /// <summary>0 if a model with experts does not say.</summary>
    public required int FeedForward { get; init; }

    public required int Experts { get; init; }

    public required int ExpertsUsed { get; init; }

    public required int ExpertFeedForward { get; init; }

    public required int Window { get; init; }

    public required int WindowedLayers { get; init; }

    public required bool IsLongRope { get; init; }

    public required int Classes { get; init; }

    public required int TokenTypes { get; init; }

    public required int Vocabulary { get; init; }

    public long Query => (long)Heads * HeadSize;

    public long KeyValue => (long)KvHeads * HeadSize;
}
