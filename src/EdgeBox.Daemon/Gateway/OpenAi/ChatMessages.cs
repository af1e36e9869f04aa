using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads the messages of /v1/chat/completions.</summary>
internal static class ChatMessages
{
    /// <summary>Adds them to a conversation.</summary>
    public static void Read(JsonField messages, Conversation conversation)
    {
        conversation.Names.Note("messages", messages.Path);
        if (!messages.IsSet)
        {
            throw messages.Wrong("a list of messages");
        }

        foreach (var message in messages.Items(ConversationLimits.MaxMessages))
        {
            Add(message, conversation);
        }
    }

    private static void Add(JsonField message, Conversation conversation)
    {
        var (role, content) = (message.Object()["role"], message["content"]);
        if (!role.IsSet)
        {
            throw role.Wrong("system, developer, user, assistant or tool");
        }

        switch (role.WordOr(ChatRole.Unspecified, ("system", ChatRole.System), ("developer", ChatRole.System), ("user", ChatRole.User),
            ("assistant", ChatRole.Assistant), ("tool", ChatRole.Tool)))
        {
            case ChatRole.Assistant:
                AddAssistant(message, content, conversation);
                break;
            case ChatRole.Tool:
                conversation.AddResult(message["tool_call_id"], OpenAiFields.Text(content, ("text", "text")), message.Path, content.Path);
                break;
            case var other:
                conversation.Add(other, OpenAiFields.Text(content, ("text", "text")), message.Path, content.Path);
                break;
        }
    }

    private static void AddAssistant(JsonField message, JsonField content, Conversation conversation)
    {
        message["function_call"].Forbid("tool_calls");
        message["audio"].Forbid("text");
        var calls = message["tool_calls"];
        var text = content.IsSet ? OpenAiFields.Text(content, ("text", "text"), ("refusal", "refusal")) : message["refusal"].TextOr("");
        var hasCalls = calls.IsList && calls.Element.GetArrayLength() > 0;
        var added = conversation.Add(ChatRole.Assistant, hasCalls && text.Length == 0 ? null : text, message.Path, content.Path);

        // Servers differ in what they call it, and clients send back what they were told.
        var thought = message["reasoning_content"].IsSet ? message["reasoning_content"] : message["reasoning"];
        added.Reasoning = thought.IsText ? thought.Text() : "";
        foreach (var call in calls.Items(ConversationLimits.MaxCalls))
        {
            call.Object()["type"].WordOr(0, ("function", 0));
            var function = call["function"];
            conversation.AddCall(call["id"], function["name"], function["arguments"], call.Path);
        }
    }
}
