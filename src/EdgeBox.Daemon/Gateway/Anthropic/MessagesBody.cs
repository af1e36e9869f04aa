using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Mode = EdgeBox.V1.ToolChoice.Types.Mode;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Reads the body of /v1/messages, and of /v1/messages/count_tokens, which has a part of it. docs/compatibility.md has every field.</summary>
internal static class MessagesBody
{
    private const int MaxEdits = 16;

    // A budget cannot be held to: it says how much thinking is wanted.
    private const long LowBudget = 4096;
    private const long MediumBudget = 16_384;

    /// <summary>What it asks for.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static MessagesCall Read(JsonField body)
    {
        RefuseForeign(body);
        var conversation = new Conversation();
        var (request, names) = (conversation.Request, conversation.Names);
        request.Model = ModelField.Read(body);
        if (body["system"].IsSet)
        {
            conversation.Add(ChatRole.System, MessageBlocks.Text(body["system"]), "system", "system");
        }

        MessageBlocks.Read(body["messages"], conversation);
        ReadTools(body["tools"], conversation);
        ReadChoice(body["tool_choice"], conversation);
        request.Sampling = SamplingFields.Read(body, names);
        request.Stop = SamplingFields.ReadStop(body["max_tokens"], body["stop_sequences"], names);
        request.Effort = Effort(body, names);
        ReadForm(body, conversation);
        BoxField.Read(body, request, names);
        return new MessagesCall(request, names)
        {
            Streams = body["stream"].FlagOr(false),
            OneCall = body["tool_choice"]["disable_parallel_tool_use"].FlagOr(false),
            Thinking = View(body["thinking"]),
        };
    }

    private static void RefuseForeign(JsonField body)
    {
        body["container"].Forbid("tools of your own");
        body["service_tier"].WordOr(0, ("auto", 0), ("standard_only", 0));
        if (body["mcp_servers"] is { IsList: true } servers && servers.Element.GetArrayLength() > 0)
        {
            servers.Forbid("tools of your own; the box reaches no network");
        }

        foreach (var edit in body["context_management"]["edits"].Items(MaxEdits))
        {
            // Agents ask to keep all thinking, which is what happens.
            edit.Object()["type"].WordOr(0, ("clear_thinking_20251015", 0));
            edit["keep"].WordOr(0, ("all", 0));
        }
    }

    private static void ReadTools(JsonField tools, Conversation conversation)
    {
        conversation.Names.Note("tools", tools.Path);
        foreach (var tool in tools.Items(ConversationLimits.MaxTools))
        {
            tool.Object()["type"].WordOr(0, ("custom", 0));
            conversation.AddTool(tool["name"], tool["description"], tool["input_schema"], tool.Path);
        }
    }

    private static void ReadChoice(JsonField choice, Conversation conversation)
    {
        if (!choice.IsSet)
        {
            return;
        }

        var type = choice.Object()["type"];
        if (!type.IsSet)
        {
            throw type.Wrong("auto, any, tool or none");
        }

        var mode = type.WordOr(Mode.Unspecified, ("auto", Mode.Auto), ("any", Mode.Required), ("tool", Mode.Required), ("none", Mode.None));
        conversation.Choose(mode, choice, type.Element.ValueEquals("tool") ? choice["name"] : null);
    }

    private static ReasoningEffort Effort(JsonField body, WireNames names)
    {
        var thinking = body["thinking"];
        var effort = SamplingFields.ReadEffort(body["output_config"]["effort"], names);
        if (!thinking.IsSet)
        {
            return effort;
        }

        var type = thinking.Object()["type"];
        var kind = type.IsSet ? type.WordOr(' ', ("enabled", 'e'), ("adaptive", 'a'), ("disabled", 'd')) : throw type.Wrong("enabled, adaptive or disabled");
        if (kind == 'd')
        {
            names.Note("effort", type.Path);
            return ReasoningEffort.Off;
        }

        return effort != ReasoningEffort.Unspecified || thinking["budget_tokens"].Whole() is not { } budget ? effort
            : budget < LowBudget ? ReasoningEffort.Low
            : budget < MediumBudget ? ReasoningEffort.Medium
            : ReasoningEffort.High;
    }

    private static ThinkingView View(JsonField thinking) =>
        !thinking.IsSet || thinking["type"].Element.ValueEquals("disabled") ? ThinkingView.None
        : thinking["display"].WordOr(ThinkingView.Shown, ("summarized", ThinkingView.Shown), ("omitted", ThinkingView.Kept));

    private static void ReadForm(JsonField body, Conversation conversation)
    {
        var format = body["output_config"]["format"].IsSet ? body["output_config"]["format"] : body["output_format"];
        if (format.IsSet)
        {
            format.Object()["type"].WordOr(0, ("json_schema", 0));
            conversation.Constrain(format["schema"].RawObject(), format["schema"], format["name"], format["description"]);
        }
    }
}
