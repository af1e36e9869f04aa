namespace EdgeBox.Daemon.Access.Keys;

/// <summary>What a key's holder used on one day (UTC).</summary>
/// <param name="Name">The key's name.</param>
/// <param name="Day">The day.</param>
internal sealed record KeyDay(string Name, DateOnly Day)
{
    /// <summary>Requests that were let in.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that were refused because the quota was used up.</summary>
    public long Refused { get; init; }

    /// <summary>Tokens of prompts.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Those of them that were still known.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens of answers.</summary>
    public long CompletionTokens { get; init; }

    /// <summary>What counts against a quota: the work that was done.</summary>
    public long Tokens => PromptTokens - CachedTokens + CompletionTokens;
}
