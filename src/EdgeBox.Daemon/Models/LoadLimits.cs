using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Judges how a model is to be loaded; what depends on the model is judged when it is.</summary>
internal static class LoadLimits
{
    /// <summary>Most tokens of one slot.</summary>
    public const uint MaxContext = 16 * 1024 * 1024;

    /// <summary>Refuses options outside their ranges.</summary>
    public static void Check(string field, LoadOptions options)
    {
        Limit.Count($"{field}.slots", options.Slots, 0, 64);
        Limit.Count($"{field}.threads", options.Threads, 0, 256);
        Limit.Count($"{field}.context_tokens", options.ContextTokens, 0, MaxContext);
        Limit.Count($"{field}.cache_tokens", options.CacheTokens, 0, int.MaxValue);
        if (options.KeepAlive is { } time && !(time.Seconds >= 1 && time.Seconds <= TimeSpan.FromDays(365).TotalSeconds && time.Nanos is >= 0 and < 1_000_000_000))
        {
            throw Limit.Refuse($"{field}.keep_alive", "is no time that a model can be kept", "1 second to 365 days");
        }
    }
}
