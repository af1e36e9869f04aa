namespace EdgeBox.Daemon.Inference;

/// <summary>Limits and patience of a <see cref="ModelHost"/>.</summary>
internal sealed record ModelHostOptions
{
    /// <summary>Requests that may wait for a slot.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>How many of them may be one identity's.</summary>
    public int MaxWaitingPerIdentity { get; init; } = 128;

    /// <summary>Slots that one identity may hold; 0: all.</summary>
    public int MaxRunningPerIdentity { get; init; }

    /// <summary>Weights of identities, above 0; whoever is not among them has 1.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>Weights that were settled elsewhere, e.g. with an API key; asked for those who have none here.</summary>
    public Func<string, double?> Granted { get; init; } = _ => null;

    /// <summary>How long a worker with work may show no sign of life before it is killed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the worker is looked at.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The weight of an identity.</summary>
    public double WeightOf(string identity) => Weights.TryGetValue(identity, out var weight) ? weight : Granted(identity) ?? 1;
}
