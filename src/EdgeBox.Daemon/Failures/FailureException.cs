using EdgeBox.V1;

namespace EdgeBox.Daemon.Failures;

/// <summary>The only exception meant for callers: a reason of the public vocabulary, words, and facts.</summary>
/// <param name="reason">Why.</param>
/// <param name="message">One sentence for a person: what was wrong, what the limit is, what to do.</param>
/// <param name="facts">The metadata that <see cref="ErrorReason"/> names for this reason. Never contents of prompts, answers or keys.</param>
public sealed class FailureException(ErrorReason reason, string message, params IReadOnlyList<(string Key, string Value)> facts)
    : Exception(message)
{
    /// <summary>Why.</summary>
    public ErrorReason Reason { get; } = reason;

    /// <summary>Facts, in the order given.</summary>
    public IReadOnlyList<(string Key, string Value)> Facts { get; } = facts;

    /// <summary>When the caller may try again, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
