namespace EdgeBox.Worker.Constraints;

/// <summary>The tokens that may come in a state.</summary>
/// <param name="Tokens">Those that stay within the rule; shared by all states that differ only in what comes after it.</param>
/// <param name="Further">Those that go beyond it, in order.</param>
internal sealed record TokenMask(TokenSet Tokens, int[] Further)
{
    public bool IsEmpty => Tokens.Count == 0 && Further.Length == 0;

    /// <summary>Bytes of memory beside those of <see cref="Tokens"/>.</summary>
    public long Bytes => 64 + (4L * Further.Length);
}

/// <summary>What is known of the tokens that may come in a state without its context.</summary>
/// <param name="Tokens">Those that may come whatever the context is.</param>
/// <param name="Exits">Nodes of the tree of tokens that are the first in the context, by their bytes; null if they were not looked for.</param>
/// <param name="ExitBegins">Where the nodes of each byte begin in <paramref name="Exits"/>, and the end.</param>
internal sealed record LocalMask(TokenSet Tokens, int[]? Exits, int[] ExitBegins)
{
    /// <summary>Bytes of memory.</summary>
    public long Bytes => 64 + Tokens.Bytes + (4L * (Exits?.Length ?? 0)) + (4L * ExitBegins.Length);
}
