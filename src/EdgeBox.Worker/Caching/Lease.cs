namespace EdgeBox.Worker.Caching;

/// <summary>A sequence that a request has, with the cells that it was promised.</summary>
/// <param name="sequence">The engine's number of it.</param>
/// <param name="domain">Who may share its text.</param>
/// <param name="prompt">What it begins with.</param>
/// <param name="most">Tokens that it may come to.</param>
internal sealed class Lease(int sequence, string domain, int[] prompt, int most)
{
    public int Sequence { get; } = sequence;

    public string Domain { get; } = domain;

    /// <summary>The prompt.</summary>
    public int[] Prompt { get; } = prompt;

    /// <summary>Tokens that it may come to; cells for them are set aside.</summary>
    public int Most { get; } = most;

    /// <summary>Tokens of the prompt that were in the cache.</summary>
    public int Cached { get; init; }

    /// <summary>
    /// A place in the prompt up to which another text was the same but could not be shared: the window of that one had moved on.
    /// Worth keeping when it has been read again; 0 if there is none.
    /// </summary>
    public int Fork { get; init; }

    /// <summary>Its prompt, as far as it was kept last; null if it was not.</summary>
    public KeptPrefix? KeptPrompt { get; set; }

    /// <summary>The kept text whose cells it shares; null if it shares none's.</summary>
    public KeptPrefix? Source { get; init; }
}
