namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>The aliases that are meant when a request names nothing, by the kind of the request.</summary>
internal static class BuiltInAliases
{
    /// <summary>Of conversations, plain texts and their tokens.</summary>
    public const string Chat = "chat";

    /// <summary>Of vectors.</summary>
    public const string Embed = "embed";

    /// <summary>Of documents to be put in order.</summary>
    public const string Rerank = "rerank";
}
