using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Models.History;

/// <summary>What was heard of one model in one hour and is not written down yet.</summary>
internal sealed class HourSums
{
    public long Requests { get; private set; }

    public long Failures { get; private set; }

    public long PromptTokens { get; private set; }

    public long CachedTokens { get; private set; }

    public long CompletionTokens { get; private set; }

    /// <summary>Requests that had a first token.</summary>
    public long FirstTokens { get; private set; }

    /// <summary>Their times to it, together.</summary>
    public TimeSpan FirstToken { get; private set; }

    public TimeSpan FirstTokenMost { get; private set; }

    public long MostWaiting { get; private set; }

    public long MostResidentBytes { get; private set; }

    public long WorkerDeaths { get; private set; }

    /// <summary>Adds a request that ended.</summary>
    public void Add(UsageEvent.Ended ended)
    {
        Requests++;
        Failures += ended.Failed ? 1 : 0;
        PromptTokens += ended.Usage.PromptTokens;
        CachedTokens += ended.Usage.CachedPromptTokens;
        CompletionTokens += ended.Usage.CompletionTokens;
        if (ended.FirstToken is { } first)
        {
            FirstTokens++;
            FirstToken += first;
            FirstTokenMost = first > FirstTokenMost ? first : FirstTokenMost;
        }
    }

    /// <summary>Notes how many wait.</summary>
    public void NoteWaiting(long waiting) => MostWaiting = Math.Max(MostWaiting, waiting);

    /// <summary>Notes how much memory a worker holds.</summary>
    public void NoteResident(ulong bytes) => MostResidentBytes = Math.Max(MostResidentBytes, (long)Math.Min(bytes, long.MaxValue));

    /// <summary>Counts a death.</summary>
    public void AddDeath() => WorkerDeaths++;
}
