using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>What the loop of a <see cref="ModelHost"/> is told.</summary>
internal abstract record HostMessage
{
    /// <summary>A client wants something.</summary>
    public sealed record Submit(Job Job) : HostMessage;

    /// <summary>A client does not want it any more.</summary>
    public sealed record Cancel(Job Job) : HostMessage;

    /// <summary>A client that was behind has read on.</summary>
    public sealed record CaughtUp(Job Job) : HostMessage;

    /// <summary>The worker said something, in this order.</summary>
    public sealed record Said(WorkerSession Session, IReadOnlyList<Wire.Event> Events) : HostMessage;

    /// <summary>The worker ended.</summary>
    public sealed record Exited(WorkerSession Session, WorkerExit Exit) : HostMessage;

    /// <summary>Time to look at the worker.</summary>
    public sealed record Look : HostMessage;

    /// <summary>The back-off has passed.</summary>
    public sealed record Restart : HostMessage;

    /// <summary>Take nothing new, finish what was begun.</summary>
    public sealed record Drain : HostMessage;
}

/// <summary>What a <see cref="ModelHost"/> shows to others: an immutable picture of its state.</summary>
internal sealed record HostSnapshot
{
    public required V1.ModelState State { get; init; }

    public int Running { get; init; }

    public int Waiting { get; init; }

    /// <summary>How many of those that wait have nobody waiting for them.</summary>
    public int WaitingBatch { get; init; }

    /// <summary>How many of those that run stand still because their clients do not read.</summary>
    public int Paused { get; init; }

    public int Restarts { get; init; }

    public string LastExit { get; init; } = "";

    public string LastStderr { get; init; } = "";

    public WorkerSession? Session { get; init; }

    public Wire.Loaded? Loaded { get; init; }

    public Failures.FailureException? Problem { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public TimeSpan LoadTook { get; init; }

    public float LoadFraction { get; init; }
}
