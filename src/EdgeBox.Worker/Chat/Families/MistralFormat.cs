using System.Security.Cryptography;
using System.Text;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>The forms that Mistral's models have been taught one after another.</summary>
internal enum MistralForm
{
    /// <summary>V3 with the Tekken vocabulary: calls in one array; what the system says stands before the user's last words.</summary>
    V3,

    /// <summary>V7 without tools: the system has a place of its own.</summary>
    V7,

    /// <summary>V11: every call has its name, its number and its arguments.</summary>
    V11,

    /// <summary>V13: no numbers, tools behind the system's message, perhaps thinking.</summary>
    V13,
}

/// <summary>Mistral's models.</summary>
internal sealed class MistralFormat : FamilyFormat
{
    private const int IdLength = 9;
    private const string IdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly MistralForm _form;
    private readonly string _defaultSystem;
    private readonly string _end;

    /// <param name="name">The family's name.</param>
    /// <param name="signs">The vocabulary's.</param>
    /// <param name="form">Which form.</param>
    /// <param name="thinks">Whether the model thinks.</param>
    /// <param name="defaultSystem">What the template has the system say where nobody has it say something.</param>
    public MistralFormat(string name, SignTable signs, MistralForm form, bool thinks, string defaultSystem)
        : base(name, signs, begins: true)
    {
        (_form, _defaultSystem, _end) = (form, defaultSystem, "</s>");
        var isNamed = form is MistralForm.V11 or MistralForm.V13;
        Table = new ReaderTable
        {
            ThinkOpen = thinks ? signs.Tag("[THINK]") : null,
            ThinkClose = thinks ? signs.Tag("[/THINK]") : null,
            CallOpen = form != MistralForm.V7 ? signs.Tag("[TOOL_CALLS]") : null,
            Calls = isNamed ? new NamedCallForm() : form == MistralForm.V3 ? new JsonCallForm("arguments", listed: true) : null,
            Arguments = isNamed ? signs.Tag(NamedCallForm.ArgumentsSign) : null,
            Inner = form == MistralForm.V11 ? [signs.Tag(NamedCallForm.IdSign)] : [],
            Ends = [signs.Tag(_end), signs.Tag("[INST]")],
        };
    }

    protected override ReaderTable Table { get; }

    protected override bool CanBeKeptFromThinking => false;

    protected override ReaderStart StartOf(Conversation conversation) =>
        CallsAtOnce(conversation) && !Thinks ? ReaderStart.Call : ReaderStart.Beginning;

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        RefuseTwoInARow(conversation);
        if (_form == MistralForm.V3)
        {
            RefuseLaterSystem(conversation);
        }

        var system = FirstSystem(conversation);
        var lastUser = LastUser(conversation);
        if (lastUser < 0 && (conversation.Tools.Count > 0 || (system is not null && _form == MistralForm.V3)))
        {
            throw new ConversationException($"in conversations with models of the family {Name} the user has said something");
        }

        if (_form != MistralForm.V3 && (system is not null || _defaultSystem.Length > 0))
        {
            prompt.Sign("[SYSTEM_PROMPT]");
            _ = system is not null ? prompt.Text(system.Text) : prompt.Sign(_defaultSystem);
            prompt.Sign("[/SYSTEM_PROMPT]");
        }

        if (_form == MistralForm.V13)
        {
            WriteTools(conversation, prompt);
        }

        for (var i = system is null ? 0 : 1; i < conversation.Turns.Count; i++)
        {
            WriteTurn(conversation, i, i == lastUser, prompt);
        }

        if (StartOf(conversation) == ReaderStart.Call)
        {
            prompt.Sign("[TOOL_CALLS]");
        }
    }

    private static void WriteTools(Conversation conversation, PromptWriter prompt)
    {
        if (conversation.Tools.Count == 0)
        {
            return;
        }

        prompt.Sign("[AVAILABLE_TOOLS]")
            .Text($"[{string.Join(", ", Enumerable.Range(0, conversation.Tools.Count).Select(i => ToolTexts.Definition(conversation, i)))}]")
            .Sign("[/AVAILABLE_TOOLS]");
    }

    private void WriteTurn(Conversation conversation, int at, bool isLastUser, PromptWriter prompt)
    {
        var turn = conversation.Turns[at];
        switch (turn.Role)
        {
            case TurnRole.System:
                prompt.Sign("[SYSTEM_PROMPT]").Text(turn.Text).Sign("[/SYSTEM_PROMPT]");
                break;
            case TurnRole.User:
                if (isLastUser && _form != MistralForm.V13)
                {
                    WriteTools(conversation, prompt);
                }

                prompt.Sign("[INST]");
                if (isLastUser && _form == MistralForm.V3 && FirstSystem(conversation) is { } system)
                {
                    prompt.Text(system.Text + "\n\n");
                }

                prompt.Text(turn.Text).Sign("[/INST]");
                break;
            case TurnRole.Tool:
                WriteResult(turn, prompt);
                break;
            default:
                WriteAssistant(turn, prompt);
                break;
        }
    }

    private void WriteResult(Turn turn, PromptWriter prompt)
    {
        prompt.Sign("[TOOL_RESULTS]");
        switch (_form)
        {
            case MistralForm.V3:
                prompt.Sign("{\"content\": ").Text(SpacedJson.Of(turn.Text) ?? SpacedJson.Quoted(turn.Text))
                    .Sign(", \"call_id\": \"").Text(IdOf(turn.Answered!)).Sign("\"}");
                break;
            case MistralForm.V11:
                prompt.Text(IdOf(turn.Answered!)).Sign("[TOOL_CONTENT]").Text(turn.Text);
                break;
            default:
                prompt.Text(turn.Text);
                break;
        }

        prompt.Sign("[/TOOL_RESULTS]");
    }

    private void WriteAssistant(Turn turn, PromptWriter prompt)
    {
        if (Thinks && turn.Reasoning.Length > 0)
        {
            prompt.Sign("[THINK]").Text(turn.Reasoning).Sign("[/THINK]");
        }

        prompt.Text(turn.Text);
        for (var i = 0; i < turn.Calls.Count; i++)
        {
            var call = turn.Calls[i];
            if (_form == MistralForm.V3)
            {
                prompt.Sign((i == 0 ? "[TOOL_CALLS][" : ", ") + "{\"name\": \"").Text(call.Tool).Sign("\", \"arguments\": ").Text(call.Arguments)
                    .Sign(", \"id\": \"").Text(IdOf(call)).Sign("\"}" + (i + 1 == turn.Calls.Count ? "]" : ""));
                continue;
            }

            prompt.Sign("[TOOL_CALLS]").Text(call.Tool);
            if (_form == MistralForm.V11)
            {
                prompt.Sign(NamedCallForm.IdSign).Text(IdOf(call));
            }

            prompt.Sign(NamedCallForm.ArgumentsSign).Text(call.Arguments);
        }

        prompt.Sign(_end);
    }

    /// <summary>The number of a call as the model knows it: nine letters and digits, made of what it is called elsewhere.</summary>
    private static string IdOf(PastCall call)
    {
        if (call.Id.Length == IdLength && call.Id.All(char.IsAsciiLetterOrDigit))
        {
            return call.Id;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(call.Id));
        return string.Concat(hash.Take(IdLength).Select(b => IdLetters[b % IdLetters.Length]));
    }
}
