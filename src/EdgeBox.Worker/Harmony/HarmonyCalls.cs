using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Which calls the answer to a conversation may have.</summary>
internal sealed class HarmonyCalls
{
    private readonly Lazy<HeaderGrammar> _grammar;

    public HarmonyCalls(Conversation conversation)
    {
        Tools = conversation.Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);
        AreWanted = conversation.CallMode != V1.CallMode.None;
        var mayAnswer = conversation.CallMode != V1.CallMode.Required;
        IReadOnlyCollection<string> callable = !AreWanted ? [] : !mayAnswer && conversation.CalledTool is { } called ? [called] : [.. Tools];
        _grammar = new Lazy<HeaderGrammar>(() => new HeaderGrammar(callable, mayAnswer));
    }

    /// <summary>The names of the tools that the model was told of.</summary>
    public IReadOnlySet<string> Tools { get; }

    /// <summary>Whether any may be called.</summary>
    public bool AreWanted { get; }

    /// <summary>The headers that fit, where the form of the answer is enforced.</summary>
    public HeaderGrammar Grammar => _grammar.Value;
}
