using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Harmony, the format of gpt-oss.</summary>
/// <remarks>Its rules, and where others write it differently, are in docs/formats-harmony.md.</remarks>
/// <param name="tokens">The signs that the vocabulary has.</param>
internal sealed class HarmonyFormat(HarmonyTokens tokens) : IConversationFormat
{
    public string Name => "harmony";

    public bool HasTools => true;

    public bool Thinks => true;

    public IReadOnlyList<PromptPart> Render(Conversation conversation)
    {
        Check(conversation);
        var prompt = new HarmonyPrompt(tokens);
        var system = new HarmonySystem
        {
            Effort = EffortOf(conversation.Effort),
            Date = conversation.Date,
            HasFunctions = conversation.Tools.Count > 0,
        };
        system.WriteTo(prompt);

        var turns = conversation.Turns;
        var leading = turns.TakeWhile(turn => turn.Role == TurnRole.System).Select(turn => turn.Text).ToList();
        new HarmonyDeveloper(leading, conversation.Tools, conversation.Answer).WriteTo(prompt);
        foreach (var message in HarmonyHistory.Of([.. turns.Skip(leading.Count)]))
        {
            prompt.Message(message);
        }

        var opening = HarmonyOpening.Of(conversation);
        return opening.Tool is { } tool ? prompt.BeginCall(tool).Parts()
            : prompt.Structure("<|start|>assistant").Structure(opening.IsFinal ? "<|channel|>final<|message|>" : "").Parts();
    }

    public IAnswerReader Read(Conversation conversation) => new HarmonyReader(tokens, conversation);

    /// <summary>The header has named the tool by the time that its arguments come.</summary>
    public string? CallGrammar(IReadOnlyList<ToolRule> tools) => null;

    private static void Check(Conversation conversation)
    {
        if (conversation.CallMode != V1.CallMode.Required)
        {
            return;
        }

        if (conversation.Tools.Count == 0)
        {
            throw new ConversationException("a call is required and the conversation has no tools");
        }

        if (conversation.CalledTool is { } called && conversation.Tools.All(tool => tool.Name != called))
        {
            throw new ConversationException("the tool whose call is required is not among the conversation's tools");
        }
    }

    private static string EffortOf(V1.Effort effort) => effort switch
    {
        V1.Effort.Medium => "medium",
        V1.Effort.High => "high",
        _ => "low",
    };
}
