using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>What may be asked of loading a model.</summary>
internal static class LoadLimits
{
    /// <summary>Refuses options that no model can be loaded with.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public static void Check(LoadOptions options)
    {
        Within("options.slots", options.Slots, 64);
        Within("options.threads", options.Threads, 256);
        Within("options.context_tokens", options.ContextTokens, 16 * 1024 * 1024);
        Within("options.cache_tokens", options.CacheTokens, int.MaxValue);
    }

    /// <summary>Refuses what cannot be the path of a file on the box.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public static void CheckPath(string path)
    {
        if (!Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal) || path.Length > 4096)
        {
            throw new FailureException(ErrorReason.InvalidArgument,
                "path is no absolute path on the box.", ("field", "path"), ("limit", "an absolute path of at most 4096 characters"));
        }
    }

    private static void Within(string field, uint value, uint most)
    {
        if (value > most)
        {
            throw new FailureException(ErrorReason.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; allowed: 0 (the box chooses) to {most}."),
                ("field", field), ("limit", most.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
