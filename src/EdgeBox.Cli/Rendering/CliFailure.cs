namespace EdgeBox.Cli.Rendering;

/// <summary>Ends a command with a reason that <see cref="ExitCodes"/> knows.</summary>
/// <param name="reason">Of <see cref="ClientReasons"/>, or of the box's vocabulary without its prefix.</param>
/// <param name="message">What happened, in one sentence.</param>
/// <param name="facts">Facts for programs.</param>
internal sealed class CliFailure(string reason, string message, params IReadOnlyList<(string Key, string Value)> facts) : Exception(message)
{
    /// <summary>Why.</summary>
    public string Reason { get; } = reason;

    /// <summary>Facts, in the order given.</summary>
    public IReadOnlyList<(string Key, string Value)> Facts { get; } = facts;

    /// <summary>What to do, when it is more exact than the table's advice.</summary>
    public string? Advice { get; init; }

    /// <summary>When the box may be asked again, if it said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A command line that cannot be understood.</summary>
    public static CliFailure Usage(string message, string advice) => new(ClientReasons.Usage, message) { Advice = advice };
}
