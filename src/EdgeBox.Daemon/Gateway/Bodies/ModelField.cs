using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>Reads which model is asked for.</summary>
internal static class ModelField
{
    /// <summary>The model or alias that a body names; empty: none.</summary>
    /// <exception cref="Failures.FailureException">MODEL_NOT_FOUND: the box can have none of that name; INVALID_ARGUMENT: it is no text.</exception>
    public static string Read(JsonField body) => Judge(body["model"].TextOr(""));

    /// <summary>What cannot be a name here, e.g. another vendor's, is one of a model that the box does not have: clients know what to do about that.</summary>
    /// <exception cref="Failures.FailureException">MODEL_NOT_FOUND.</exception>
    public static string Judge(string asked) =>
        asked.Length == 0 || ModelName.IsName(asked.StartsWith(AliasKey.Prefix, StringComparison.Ordinal) ? asked.AsSpan(AliasKey.Prefix.Length) : asked)
            ? asked
            : throw ModelRegistry.NotFound(Checks.Words.Cut(asked));
}
