namespace EdgeBox.Daemon.Inference;

/// <summary>Limits and patience of a <see cref="ModelHost"/>.</summary>
internal sealed record ModelHostOptions
{
    /// <summary>Requests that may wait for a slot.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>How long a worker with work may show no sign of life before it is killed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the worker is looked at.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);
}
