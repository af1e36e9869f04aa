namespace EdgeBox.Worker.Chat.Families;

/// <summary>How a family that writes ChatML thinks.</summary>
internal enum Thinking
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It begins on its own, and an empty block keeps it from it.</summary>
    Switched,

    /// <summary>The prompt begins it.</summary>
    Begun,
}

/// <summary>What differs among the families that write ChatML.</summary>
internal sealed record ChatMlStyle
{
    /// <summary>What the system says where nobody has it say something.</summary>
    public string DefaultSystem { get; init; } = "";

    public Thinking Thinking { get; init; }

    /// <summary>With <see cref="Thinking.Begun"/>: whether the prompt may end it at once.</summary>
    public bool MayEndAtOnce { get; init; }

    public bool HasTools { get; init; }

    /// <summary>Whether the break before the tools stands there without a system's message too.</summary>
    public bool BreaksBeforeTools { get; init; }

    /// <summary>Whether past thinking stays as long as the user has said nothing new.</summary>
    public bool KeepsThinking { get; init; }
}

/// <summary>ChatML: Qwen 2, 2.5 and 3, QwQ, and others, with calls in JSON as Hermes had them.</summary>
internal sealed class ChatMlFormat : FamilyFormat
{
    public const string Start = "<|im_start|>";
    public const string End = "<|im_end|>";
    public const string EmptyThinking = "<think>\n\n</think>\n\n";

    private readonly ChatMlStyle _style;

    public ChatMlFormat(string name, SignTable signs, bool begins, ChatMlStyle style)
        : base(name, signs, begins)
    {
        _style = style;
        var thinks = style.Thinking != Thinking.None;
        Table = new ReaderTable
        {
            ThinkOpen = thinks ? signs.Tag("<think>") : null,
            ThinkClose = thinks ? signs.Tag("</think>") : null,
            CallOpen = style.HasTools ? signs.Tag("<tool_call>") : null,
            CallClose = style.HasTools ? signs.Tag("</tool_call>") : null,
            Calls = style.HasTools ? new JsonCallForm("arguments") : null,
            Ends = [signs.Tag(End), signs.Tag(Start)],
        };
    }

    protected override ReaderTable Table { get; }

    protected override bool CanBeKeptFromThinking => _style.Thinking != Thinking.Begun || _style.MayEndAtOnce;

    protected override ReaderStart StartOf(Conversation conversation)
    {
        var off = conversation.Effort == V1.Effort.Off;
        return _style.Thinking == Thinking.Begun && !off ? ReaderStart.Thinking
            : _style.Thinking == Thinking.Switched && !off ? ReaderStart.Beginning
            : CallsAtOnce(conversation) ? ReaderStart.Call
            : _style.Thinking == Thinking.None ? ReaderStart.Beginning
            : ReaderStart.Answer;
    }

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        var lastUser = LastUser(conversation);
        WriteHead(conversation, prompt);
        for (var i = FirstSystem(conversation) is null ? 0 : 1; i < conversation.Turns.Count; i++)
        {
            var turn = conversation.Turns[i];
            switch (turn.Role)
            {
                case TurnRole.Assistant:
                    WriteAssistant(conversation, i, i > lastUser, prompt);
                    break;
                case TurnRole.Tool:
                    WriteResult(conversation, i, prompt);
                    break;
                default:
                    prompt.Sign(Start + (turn.Role == TurnRole.User ? "user\n" : "system\n")).Text(turn.Text).Sign(End + "\n");
                    break;
            }
        }

        var off = conversation.Effort == V1.Effort.Off;
        prompt.Sign(Start + "assistant\n").Sign(_style.Thinking switch
        {
            Thinking.Switched when off => EmptyThinking,
            Thinking.Begun => off ? "<think>\n</think>" : "<think>\n",
            _ => "",
        });
        if (StartOf(conversation) == ReaderStart.Call)
        {
            prompt.Sign("<tool_call>\n");
        }
    }

    /// <summary>What a tool said, in a user's message with the results around it.</summary>
    private static void WriteResult(Conversation conversation, int at, PromptWriter prompt)
    {
        var turns = conversation.Turns;
        prompt.Sign((at == 0 || turns[at - 1].Role != TurnRole.Tool ? Start + "user" : "") + "\n<tool_response>\n")
            .Text(turns[at].Text)
            .Sign("\n</tool_response>" + (at + 1 == turns.Count || turns[at + 1].Role != TurnRole.Tool ? End + "\n" : ""));
    }

    private void WriteHead(Conversation conversation, PromptWriter prompt)
    {
        var system = FirstSystem(conversation);
        var isTold = system is not null || _style.DefaultSystem.Length > 0;
        if (!isTold && conversation.Tools.Count == 0)
        {
            return;
        }

        prompt.Sign(Start + "system\n");
        if (system is not null)
        {
            prompt.Text(system.Text);
        }
        else
        {
            prompt.Sign(_style.DefaultSystem);
        }

        if (conversation.Tools.Count > 0)
        {
            prompt.Sign((isTold || _style.BreaksBeforeTools ? "\n\n" : "")
                + "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>");
            for (var i = 0; i < conversation.Tools.Count; i++)
            {
                prompt.Sign("\n").Text(ToolTexts.Definition(conversation, i));
            }

            prompt.Sign("\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
                + "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>");
        }

        prompt.Sign(End + "\n");
    }

    private void WriteAssistant(Conversation conversation, int at, bool isAfterUser, PromptWriter prompt)
    {
        var turn = conversation.Turns[at];
        var text = turn.Text;
        prompt.Sign(Start + "assistant\n");
        if (_style.KeepsThinking && isAfterUser && (turn.Reasoning.Length > 0 || at + 1 == conversation.Turns.Count))
        {
            text = text.TrimStart('\n');
            prompt.Sign("<think>\n").Text(turn.Reasoning.Trim('\n')).Sign("\n</think>\n\n");
        }

        prompt.Text(text);
        for (var i = 0; i < turn.Calls.Count; i++)
        {
            prompt.Sign((i > 0 || text.Length > 0 ? "\n" : "") + "<tool_call>\n{\"name\": \"").Text(turn.Calls[i].Tool)
                .Sign("\", \"arguments\": ").Text(turn.Calls[i].Arguments).Sign("}\n</tool_call>");
        }

        prompt.Sign(End + "\n");
    }
}
