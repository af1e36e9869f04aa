namespace EdgeBox.Daemon.Inference;

/// <summary>How long answers took lately, and what that says of waiting.</summary>
internal sealed class ServiceTimes
{
    /// <summary>Weight of the newest answer in the mean; the older ones fade.</summary>
    private const double Newest = 0.2;

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private double? _mean;

    /// <summary>Takes note of one answer.</summary>
    public void Note(TimeSpan took) => _mean = _mean is { } mean ? mean + Newest * (took.TotalSeconds - mean) : took.TotalSeconds;

    /// <summary>How long it may be until so many requests were handed to a worker with so many slots; null while nothing is known.</summary>
    public TimeSpan? Until(int requests, int slots) => _mean is { } mean && slots > 0
        ? TimeSpan.FromSeconds(Math.Min(s_longest.TotalSeconds, mean * requests / slots))
        : null;
}
