using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Something that happened to a model and counts in its history.</summary>
internal abstract record UsageEvent
{
    /// <summary>A request ended.</summary>
    /// <param name="Model">"models/NAME".</param>
    /// <param name="Failed">Whether it ended without an answer.</param>
    /// <param name="Usage">What it took.</param>
    /// <param name="FirstToken">From the request to its first token; null if there was none.</param>
    public sealed record Ended(string Model, bool Failed, Usage Usage, TimeSpan? FirstToken) : UsageEvent;

    /// <summary>More wait than before.</summary>
    public sealed record Waited(string Model, int Waiting) : UsageEvent;

    /// <summary>A worker died.</summary>
    public sealed record Died(string Model) : UsageEvent;

    /// <summary>Write down what was heard so far.</summary>
    public sealed record Settle(TaskCompletionSource? Done) : UsageEvent;
}
