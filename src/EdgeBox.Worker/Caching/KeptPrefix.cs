namespace EdgeBox.Worker.Caching;

/// <summary>A text that a request has left behind in the cache, in case it comes again.</summary>
/// <param name="Domain">Who may have it.</param>
/// <param name="Tokens">The text.</param>
/// <param name="Sequence">The sequence that holds it.</param>
internal sealed record KeptPrefix(string Domain, int[] Tokens, int Sequence)
{
    /// <summary>When it was last of use; larger is later.</summary>
    public long LastUsed { get; set; }
}
