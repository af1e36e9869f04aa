using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads the input of /v1/responses: a text, or the items of a conversation, in which thinking and calls stand beside messages.</summary>
internal static class ResponseItems
{
    // A message may be as many items as it has parts and calls.
    private const int MaxItems = 4 * ConversationLimits.MaxMessages;

    /// <summary>Adds it to a conversation.</summary>
    public static void Read(JsonField input, Conversation conversation)
    {
        conversation.Names.Note("messages", "input");
        if (!input.IsList)
        {
            conversation.Add(ChatRole.User, input.IsText ? input.Text() : throw input.Wrong("a text or a list of items"), "input", "input");
            return;
        }

        var thought = "";
        foreach (var item in input.Items(MaxItems))
        {
            switch (item.Object()["type"].WordOr('m', ("message", 'm'), ("function_call", 'c'), ("function_call_output", 'o'), ("reasoning", 'r')))
            {
                case 'm':
                    AddMessage(item, ref thought, conversation);
                    break;
                case 'c':
                    AddCall(item, ref thought, conversation);
                    break;
                case 'o':
                    thought = "";
                    conversation.AddResult(item["call_id"], Text(item["output"]), item.Path, item["output"].Path);
                    break;
                default:
                    thought += Thought(item);
                    break;
            }
        }
    }

    private static void AddMessage(JsonField item, ref string thought, Conversation conversation)
    {
        var role = item["role"];
        if (!role.IsSet)
        {
            throw role.Wrong("system, developer, user or assistant");
        }

        var message = conversation.Add(
            role.WordOr(ChatRole.User, ("system", ChatRole.System), ("developer", ChatRole.System), ("user", ChatRole.User), ("assistant", ChatRole.Assistant)),
            Text(item["content"]), item.Path, item["content"].Path);
        message.Reasoning = message.Role == ChatRole.Assistant ? thought : "";
        thought = "";
    }

    private static void AddCall(JsonField item, ref string thought, Conversation conversation)
    {
        if (conversation.Last is not { Role: ChatRole.Assistant } || thought.Length > 0)
        {
            conversation.Add(ChatRole.Assistant, null, item.Path, item.Path).Reasoning = thought;
            thought = "";
        }

        conversation.AddCall(item["call_id"], item["name"], item["arguments"], item.Path);
    }

    /// <summary>What was thought, in whichever of its forms it came back.</summary>
    private static string Thought(JsonField item)
    {
        var open = string.Concat(item["content"].Items(ConversationLimits.MaxParts).Select(part => part["text"].TextOr("")));
        if (open.Length > 0)
        {
            return open;
        }

        return SealedThought.Open(item["encrypted_content"].TextOr(""))
            ?? string.Concat(item["summary"].Items(ConversationLimits.MaxParts).Select(part => part["text"].TextOr("")));
    }

    private static string Text(JsonField field) =>
        OpenAiFields.Text(field, ("input_text", "text"), ("output_text", "text"), ("text", "text"), ("refusal", "refusal"));
}
