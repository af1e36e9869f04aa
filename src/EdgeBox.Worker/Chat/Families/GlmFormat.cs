namespace EdgeBox.Worker.Chat.Families;

/// <summary>GLM 4.5 to 4.7: roles as signs, calls as keys and values between tags.</summary>
internal sealed class GlmFormat : FamilyFormat
{
    private static readonly TaggedCallStyle s_calls = new("", "<arg_key>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", "");

    private readonly bool _breaks;

    /// <param name="name">The family's name.</param>
    /// <param name="signs">The vocabulary's.</param>
    /// <param name="breaks">Whether lines are broken behind signs, as until 4.6; 4.7 has none, and its prompt begins the thinking.</param>
    public GlmFormat(string name, SignTable signs, bool breaks)
        : base(name, signs, begins: false)
    {
        _breaks = breaks;
        Table = new ReaderTable
        {
            ThinkOpen = signs.Tag("<think>"),
            ThinkClose = signs.Tag("</think>"),
            CallOpen = signs.Tag("<tool_call>"),
            CallClose = signs.Tag("</tool_call>"),
            Calls = new TaggedCallForm(s_calls),
            Inner = [signs.Tag("<arg_key>"), signs.Tag("</arg_key>"), signs.Tag("<arg_value>"), signs.Tag("</arg_value>")],
            Ends = [signs.Tag("<|user|>"), signs.Tag("<|observation|>"), signs.Tag("<|assistant|>"), signs.Tag("<|system|>")],
        };
    }

    protected override ReaderTable Table { get; }

    private string Line => _breaks ? "\n" : "";

    protected override ReaderStart StartOf(Conversation conversation)
    {
        var off = conversation.Effort == V1.Effort.Off;
        return off && CallsAtOnce(conversation) ? ReaderStart.Call
            : off ? ReaderStart.Answer
            : _breaks ? ReaderStart.Beginning
            : ReaderStart.Thinking;
    }

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        var off = conversation.Effort == V1.Effort.Off;
        var lastUser = LastUser(conversation);
        prompt.Sign("[gMASK]<sop>");
        if (conversation.Tools.Count > 0)
        {
            WriteTools(conversation, prompt);
        }

        for (var i = 0; i < conversation.Turns.Count; i++)
        {
            var turn = conversation.Turns[i];
            switch (turn.Role)
            {
                case TurnRole.System:
                    prompt.Sign("<|system|>" + Line).Text(turn.Text);
                    break;
                case TurnRole.User:
                    prompt.Sign("<|user|>" + Line).Text(turn.Text)
                        .Sign(_breaks && off && !turn.Text.EndsWith("/nothink", StringComparison.Ordinal) ? "/nothink" : "");
                    break;
                case TurnRole.Tool:
                    prompt.Sign((i == 0 || conversation.Turns[i - 1].Role != TurnRole.Tool ? "<|observation|>" : "") + Line + "<tool_response>" + Line)
                        .Text(turn.Text).Sign(Line + "</tool_response>");
                    break;
                default:
                    WriteAssistant(conversation, i, i > lastUser, prompt);
                    break;
            }
        }

        prompt.Sign("<|assistant|>" + (_breaks ? off ? "\n<think></think>" : "" : off ? "</think>" : "<think>"));
        if (StartOf(conversation) == ReaderStart.Call)
        {
            prompt.Sign(Line + "<tool_call>");
        }
    }

    private void WriteTools(Conversation conversation, PromptWriter prompt)
    {
        prompt.Sign("<|system|>\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
            + "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n");
        for (var i = 0; i < conversation.Tools.Count; i++)
        {
            prompt.Text(ToolTexts.Definition(conversation, i)).Sign("\n");
        }

        string[] example = ["<tool_call>{function-name}", "<arg_key>{arg-key-1}</arg_key>", "<arg_value>{arg-value-1}</arg_value>",
            "<arg_key>{arg-key-2}</arg_key>", "<arg_value>{arg-value-2}</arg_value>", "...", "</tool_call>"];
        prompt.Sign("</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n" + string.Join(Line, example));
    }

    private void WriteAssistant(Conversation conversation, int at, bool isAfterUser, PromptWriter prompt)
    {
        var turn = conversation.Turns[at];
        prompt.Sign("<|assistant|>" + Line);
        if (isAfterUser && turn.Reasoning.Length > 0)
        {
            prompt.Sign("<think>").Text(turn.Reasoning.Trim()).Sign("</think>");
        }
        else
        {
            prompt.Sign(_breaks ? "<think></think>" : "</think>");
        }

        if (turn.Text.Trim() is { Length: > 0 } text)
        {
            prompt.Sign(Line).Text(text);
        }

        foreach (var call in turn.Calls)
        {
            prompt.Sign(Line + "<tool_call>").Text(call.Tool).Sign(Line);
            foreach (var (name, value) in ToolTexts.Arguments(conversation, at, call))
            {
                prompt.Sign("<arg_key>").Text(name).Sign("</arg_key>" + Line + "<arg_value>").Text(value).Sign("</arg_value>" + Line);
            }

            prompt.Sign("</tool_call>");
        }
    }
}
