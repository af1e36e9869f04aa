using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>An answer that was asked for, from its arrival to its end.</summary>
internal sealed class GenerationRequest(Generate message)
{
    private readonly Dictionary<string, uint> _concessions = new(StringComparer.Ordinal);
    private volatile bool _cancelled;
    private volatile bool _paused;

    public ulong Id { get; } = message.Request;

    public Generate Message { get; } = message;

    /// <summary>The prompt; set once, before the request reaches the decode loop.</summary>
    public int[] Prompt { get; set; } = [];

    /// <summary>Reads the structure of the answer; null if it has none. Set with the prompt.</summary>
    public IAnswerReader? Reader { get; set; }

    /// <summary>Guesses tokens; null if none are to be guessed. Set with the prompt.</summary>
    public PromptLookup? Lookup { get; set; }

    /// <summary>Chooses tokens, and knows the prompt already. Set with it.</summary>
    public Sampler? Sampler { get; set; }

    /// <summary>What the answer may look like; null if it is free. Set with the prompt.</summary>
    public AnswerForm? Form { get; set; }

    /// <summary>What of the request could not be held to; told with the end of the answer.</summary>
    public IReadOnlyDictionary<string, uint> Concessions => _concessions;

    public bool IsCancelled => _cancelled;

    /// <summary>Whether it is to make no tokens for now.</summary>
    public bool IsPaused => _paused;

    /// <summary>Notes something that cannot be held to.</summary>
    public void Concede(string name) => _concessions[name] = _concessions.GetValueOrDefault(name) + 1;

    public void Cancel() => _cancelled = true;

    public void Pause(bool paused) => _paused = paused;
}
