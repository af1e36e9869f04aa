using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>An answer that was asked for, from its arrival to its end.</summary>
internal sealed class GenerationRequest(Generate message)
{
    private volatile bool _cancelled;

    public ulong Id { get; } = message.Request;

    public Generate Message { get; } = message;

    /// <summary>The prompt; set once, before the request reaches the decode loop.</summary>
    public int[] Prompt { get; set; } = [];

    /// <summary>How tokens are chosen; set with the prompt.</summary>
    public SamplingSettings Sampling { get; set; } = new();

    /// <summary>Whether the answer is read as harmony.</summary>
    public bool ReadsHarmony { get; set; }

    public bool IsCancelled => _cancelled;

    public void Cancel() => _cancelled = true;
}

/// <summary>Texts to turn into vectors, already split.</summary>
internal sealed class EmbeddingRequest(ulong id, IReadOnlyList<int[]> inputs)
{
    private volatile bool _cancelled;

    public ulong Id { get; } = id;

    public IReadOnlyList<int[]> Inputs { get; } = inputs;

    public bool IsCancelled => _cancelled;

    public void Cancel() => _cancelled = true;
}
