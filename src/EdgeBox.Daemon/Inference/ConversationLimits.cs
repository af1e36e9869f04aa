using System.Globalization;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges what a conversation is made of: messages, calls, what answers them, and the tools that may be called.</summary>
internal static class ConversationLimits
{
    public const int MaxMessages = 4096;
    public const int MaxParts = 256;
    public const int MaxCalls = 64;
    public const int MaxCallIdCharacters = 64;
    public const int MaxTools = 128;
    public const int MaxDescriptionCharacters = 4096;

    /// <summary>Coding agents describe their tools at length.</summary>
    public const int MaxToolDescriptionCharacters = 65_536;

    public const int MaxSchemaCharacters = 65_536;

    /// <summary>Refuses messages that are no conversation.</summary>
    public static void Check(IReadOnlyList<ChatMessage> messages)
    {
        Count("messages", messages.Count, 1, MaxMessages);
        var calls = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < messages.Count; i++)
        {
            var (message, field) = (messages[i], string.Create(CultureInfo.InvariantCulture, $"messages[{i}]"));
            if (message.Role is not (ChatRole.System or ChatRole.User or ChatRole.Assistant or ChatRole.Tool))
            {
                throw Refuse($"{field}.role", "is not set or not known", "system, user, assistant or tool");
            }

            CheckParts(message, field);
            CheckAssistant(message, field, calls);
            CheckAnswer(message, field, calls);
        }
    }

    /// <summary>Refuses tools that cannot be offered, and a choice among them that cannot be made.</summary>
    public static void Check(IReadOnlyList<Tool> tools, ToolChoice? choice)
    {
        Count("tools", tools.Count, 0, MaxTools);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < tools.Count; i++)
        {
            var (tool, field) = (tools[i], string.Create(CultureInfo.InvariantCulture, $"tools[{i}]"));
            Name($"{field}.name", tool.Name);
            if (!names.Add(tool.Name))
            {
                throw Refuse($"{field}.name", "is the name of another tool", "one tool of each name");
            }

            Length($"{field}.description", tool.Description, 0, MaxToolDescriptionCharacters);
            Length($"{field}.parameters", tool.Parameters, 0, MaxSchemaCharacters);
            if (tool.Parameters.Length > 0)
            {
                JsonObject($"{field}.parameters", tool.Parameters);
            }
        }

        if (choice is not null)
        {
            CheckChoice(choice, names);
        }
    }

    private static void CheckChoice(ToolChoice choice, HashSet<string> names)
    {
        Known("tool_choice.mode", choice.Mode, "auto, none or required");
        var required = choice.Mode == ToolChoice.Types.Mode.Required;
        if (required && names.Count == 0)
        {
            throw Refuse("tool_choice.mode", "asks for a call, and there are no tools", "required only with tools");
        }

        if (choice.Tool.Length > 0 && !required)
        {
            throw Refuse("tool_choice.tool", "is set", "only with the mode required");
        }

        if (choice.Tool.Length > 0 && !names.Contains(choice.Tool))
        {
            throw Refuse("tool_choice.tool", "is none of the tools", "the name of a tool of this request");
        }
    }

    private static void CheckParts(ChatMessage message, string field)
    {
        Count($"{field}.parts", message.Parts.Count, message.ToolCalls.Count > 0 ? 0 : 1, MaxParts);
        for (var part = 0; part < message.Parts.Count; part++)
        {
            if (message.Parts[part].PartCase != ContentPart.PartOneofCase.Text)
            {
                throw Refuse(string.Create(CultureInfo.InvariantCulture, $"{field}.parts[{part}]"), "holds nothing that this release understands", "text");
            }
        }
    }

    private static void CheckAssistant(ChatMessage message, string field, HashSet<string> calls)
    {
        if (message.Role != ChatRole.Assistant && message.Reasoning.Length > 0)
        {
            throw Refuse($"{field}.reasoning", "is set", "only with the role assistant");
        }

        if (message.Role != ChatRole.Assistant && message.ToolCalls.Count > 0)
        {
            throw Refuse($"{field}.tool_calls", "is set", "only with the role assistant");
        }

        Count($"{field}.tool_calls", message.ToolCalls.Count, 0, MaxCalls);
        for (var i = 0; i < message.ToolCalls.Count; i++)
        {
            var (call, name) = (message.ToolCalls[i], string.Create(CultureInfo.InvariantCulture, $"{field}.tool_calls[{i}]"));
            Length($"{name}.id", call.Id, 1, MaxCallIdCharacters);
            if (!calls.Add(call.Id))
            {
                throw Refuse($"{name}.id", "is the id of an earlier call", "one call of each id in the conversation");
            }

            Name($"{name}.name", call.Name);
            JsonObject($"{name}.arguments", call.Arguments);
        }
    }

    private static void CheckAnswer(ChatMessage message, string field, HashSet<string> calls)
    {
        if (message.Role != ChatRole.Tool && message.ToolCallId.Length > 0)
        {
            throw Refuse($"{field}.tool_call_id", "is set", "only with the role tool");
        }

        if (message.Role == ChatRole.Tool && !calls.Contains(message.ToolCallId))
        {
            throw Refuse($"{field}.tool_call_id", "answers no call", "the id of a call of an earlier message");
        }
    }
}
