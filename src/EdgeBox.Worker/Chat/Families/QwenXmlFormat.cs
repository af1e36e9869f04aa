namespace EdgeBox.Worker.Chat.Families;

/// <summary>Qwen3-Coder and Qwen 3.5: ChatML with calls in XML.</summary>
internal sealed class QwenXmlFormat : FamilyFormat
{
    private const string CoderSystem = "You are Qwen, a helpful AI assistant that can interact with a computer to solve tasks.";

    private const string Example = "ONLY reply in the following format with NO suffix:\n\n<tool_call>\n<function=example_function_name>\n"
        + "<parameter=example_parameter_1>\nvalue_1\n</parameter>\n<parameter=example_parameter_2>\n";

    private const string Reminder = "\n</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: ";

    private const string Rest = "\n- Required parameters MUST be specified\n"
        + "- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after\n"
        + "- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls\n"
        + "</IMPORTANT>";

    private static readonly TaggedCallStyle s_calls = new("<function=", ">", "<parameter=", ">", "", "</parameter>", "</function>") { Breaks = true };

    private readonly bool _thinks;

    /// <param name="name">The family's name.</param>
    /// <param name="signs">The vocabulary's.</param>
    /// <param name="thinks">Whether it is Qwen 3.5, which thinks; Qwen3-Coder does not.</param>
    public QwenXmlFormat(string name, SignTable signs, bool thinks)
        : base(name, signs, begins: false)
    {
        _thinks = thinks;
        Table = new ReaderTable
        {
            ThinkOpen = thinks ? signs.Tag("<think>") : null,
            ThinkClose = thinks ? signs.Tag("</think>") : null,
            CallOpen = signs.Tag("<tool_call>"),
            CallClose = signs.Tag("</tool_call>"),
            Calls = new TaggedCallForm(s_calls),
            Ends = [signs.Tag(ChatMlFormat.End), signs.Tag(ChatMlFormat.Start)],
        };
    }

    protected override ReaderTable Table { get; }

    protected override ReaderStart StartOf(Conversation conversation) =>
        _thinks && conversation.Effort != V1.Effort.Off ? ReaderStart.Thinking
        : CallsAtOnce(conversation) ? ReaderStart.Call
        : _thinks ? ReaderStart.Answer
        : ReaderStart.Beginning;

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        if (_thinks)
        {
            RefuseLaterSystem(conversation);
            if (LastUser(conversation) < 0)
            {
                throw new ConversationException($"in conversations with models of the family {Name} the user has said something");
            }

            WriteHead(conversation, prompt);
        }
        else
        {
            WriteCoderHead(conversation, prompt);
        }

        var lastUser = LastUser(conversation);
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
                    prompt.Sign(ChatMlFormat.Start + (turn.Role == TurnRole.User ? "user\n" : "system\n"))
                        .Text(_thinks ? turn.Text.Trim() : turn.Text)
                        .Sign(ChatMlFormat.End + "\n");
                    break;
            }
        }

        var thinking = !_thinks ? "" : conversation.Effort == V1.Effort.Off ? ChatMlFormat.EmptyThinking : "<think>\n";
        prompt.Sign(ChatMlFormat.Start + "assistant\n" + thinking + (StartOf(conversation) == ReaderStart.Call ? "<tool_call>\n" : ""));
    }

    private static void WriteHead(Conversation conversation, PromptWriter prompt)
    {
        var system = FirstSystem(conversation)?.Text.Trim();
        if (conversation.Tools.Count > 0)
        {
            prompt.Sign(ChatMlFormat.Start + "system\n# Tools\n\nYou have access to the following functions:\n\n<tools>");
            for (var i = 0; i < conversation.Tools.Count; i++)
            {
                prompt.Sign("\n").Text(ToolTexts.Definition(conversation, i));
            }

            prompt.Sign("\n</tools>\n\nIf you choose to call a function " + Example + "This is the value for the second parameter\nthat can span\nmultiple lines"
                + Reminder + "an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags" + Rest);
            if (system is { Length: > 0 })
            {
                prompt.Sign("\n\n").Text(system);
            }

            prompt.Sign(ChatMlFormat.End + "\n");
        }
        else if (system is not null)
        {
            prompt.Sign(ChatMlFormat.Start + "system\n").Text(system).Sign(ChatMlFormat.End + "\n");
        }
    }

    private static void WriteCoderHead(Conversation conversation, PromptWriter prompt)
    {
        var system = FirstSystem(conversation);
        if (system is null && conversation.Tools.Count == 0)
        {
            return;
        }

        prompt.Sign(ChatMlFormat.Start + "system\n");
        if (system is not null)
        {
            prompt.Text(system.Text);
        }
        else
        {
            prompt.Sign(CoderSystem);
        }

        if (conversation.Tools.Count > 0)
        {
            prompt.Sign("\n\n# Tools\n\nYou have access to the following tools:\n\n<tools>");
            for (var i = 0; i < conversation.Tools.Count; i++)
            {
                prompt.Sign("\n").Text(XmlDefinition.Of(conversation, i));
            }

            prompt.Sign("\n</tools>\n\nIf you choose to call a tool " + Example + "value_2" + Reminder
                + "the tool calling block MUST begin with an opening <tool_call> tag and end with a closing </tool_call> tag." + Rest);
        }

        prompt.Sign(ChatMlFormat.End + "\n");
    }

    private void WriteAssistant(Conversation conversation, int at, bool isAfterUser, PromptWriter prompt)
    {
        var turn = conversation.Turns[at];
        var text = _thinks || turn.Calls.Count > 0 ? turn.Text.Trim() : turn.Text;
        prompt.Sign(ChatMlFormat.Start + "assistant\n");
        if (_thinks && isAfterUser)
        {
            prompt.Sign("<think>\n").Text(turn.Reasoning.Trim()).Sign("\n</think>\n\n");
        }

        prompt.Text(text);
        for (var i = 0; i < turn.Calls.Count; i++)
        {
            var call = turn.Calls[i];
            prompt.Sign((i > 0 ? "\n" : text.Length > 0 ? "\n\n" : "") + "<tool_call>\n<function=").Text(call.Tool).Sign(">\n");
            foreach (var (name, value) in ToolTexts.Arguments(conversation, at, call))
            {
                prompt.Sign("<parameter=").Text(name).Sign(">\n").Text(value).Sign("\n</parameter>\n");
            }

            prompt.Sign("</function>\n</tool_call>");
        }

        prompt.Sign(ChatMlFormat.End + "\n");
    }

    private void WriteResult(Conversation conversation, int at, PromptWriter prompt)
    {
        var turns = conversation.Turns;
        var isFirst = at == 0 || turns[at - 1].Role != TurnRole.Tool;
        var isLast = at + 1 == turns.Count || turns[at + 1].Role != TurnRole.Tool;

        // The two differ in where the break stands.
        prompt.Sign((isFirst ? ChatMlFormat.Start + "user" + (_thinks ? "" : "\n") : "") + (_thinks ? "\n" : "") + "<tool_response>\n")
            .Text(_thinks ? turns[at].Text.Trim() : turns[at].Text)
            .Sign("\n</tool_response>" + (_thinks ? "" : "\n") + (isLast ? ChatMlFormat.End + "\n" : ""));
    }
}
