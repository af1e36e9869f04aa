namespace EdgeBox.Worker.Batching;

/// <summary>Texts to turn into vectors, already split.</summary>
internal sealed class EmbeddingRequest(ulong id, IReadOnlyList<int[]> inputs)
{
    private volatile bool _cancelled;

    public ulong Id { get; } = id;

    public IReadOnlyList<int[]> Inputs { get; } = inputs;

    public bool IsCancelled => _cancelled;

    public void Cancel() => _cancelled = true;
}
