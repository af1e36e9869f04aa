using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>What the text of a message is.</summary>
internal enum HarmonyKind
{
    Reasoning,
    Preamble,
    Answer,
    Call,

    /// <summary>Text for a recipient that does not exist, or by somebody else than the model.</summary>
    Unclaimed,
}

/// <summary>Which calls the answer to a conversation may have, and what follows for its messages.</summary>
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

    /// <summary>Says what the text behind a header is, and what is odd about the header.</summary>
    public HarmonyKind Judge(HarmonyHeader header, bool channelIsDue, IAnswerSink sink)
    {
        if (header.HasWords)
        {
            // Words in the place of a channel are a channel that nobody knows.
            sink.Oddity(header is { InChannel: true, Channel: HarmonyChannel.None } ? HarmonyOddities.UnknownChannel : HarmonyOddities.WordsInHeader);
        }
        else if (channelIsDue && (!header.InChannel || header.Channel == HarmonyChannel.None))
        {
            sink.Oddity(HarmonyOddities.NoChannel);
        }

        if (header.IsForeign)
        {
            sink.Oddity(HarmonyOddities.ForeignRole);
            return HarmonyKind.Unclaimed;
        }

        if (header.Recipient is { } recipient)
        {
            return JudgeRecipient(header, recipient, sink);
        }

        return header.Channel switch
        {
            HarmonyChannel.Analysis => HarmonyKind.Reasoning,
            HarmonyChannel.Commentary => HarmonyKind.Preamble,
            _ => HarmonyKind.Answer,
        };
    }

    private HarmonyKind JudgeRecipient(HarmonyHeader header, string recipient, IAnswerSink sink)
    {
        var tool = HarmonyHeader.ToolOf(recipient);
        if (!Tools.Contains(tool))
        {
            sink.Oddity(HarmonyOddities.UnknownRecipient);
            return header.Channel == HarmonyChannel.Final ? HarmonyKind.Answer : HarmonyKind.Unclaimed;
        }

        if (header.IsBareRecipient)
        {
            sink.Oddity(HarmonyOddities.BareRecipient);
        }

        if (tool.Length == recipient.Length)
        {
            sink.Oddity(HarmonyOddities.NoFunctionsPrefix);
        }

        if (!AreWanted)
        {
            sink.Oddity(HarmonyOddities.UnwantedCall);
            return HarmonyKind.Unclaimed;
        }

        return HarmonyKind.Call;
    }
}
