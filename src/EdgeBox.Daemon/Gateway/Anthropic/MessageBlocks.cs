using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Reads the messages of /v1/messages: texts, thinking, calls and what tools answered stand in them as blocks.</summary>
internal static class MessageBlocks
{
    private const string Between = "\n\n";

    /// <summary>Adds them to a conversation.</summary>
    public static void Read(JsonField messages, Conversation conversation)
    {
        conversation.Names.Note("messages", messages.Path);
        if (!messages.IsSet)
        {
            throw messages.Wrong("a list of messages");
        }

        var role = default(JsonField);
        foreach (var message in messages.Items(ConversationLimits.MaxMessages))
        {
            role = message.Object()["role"];
            if (!role.IsSet)
            {
                throw role.Wrong("user or assistant");
            }

            switch (role.WordOr(ChatRole.User, ("user", ChatRole.User), ("assistant", ChatRole.Assistant), ("system", ChatRole.System)))
            {
                case ChatRole.Assistant:
                    AddAssistant(message, conversation);
                    break;
                case ChatRole.System:
                    conversation.Add(ChatRole.System, Text(message["content"]), message.Path, message["content"].Path);
                    break;
                default:
                    AddUser(message, conversation);
                    break;
            }
        }

        if (conversation.Last is { Role: ChatRole.Assistant })
        {
            throw role.Refuse("of the last message is assistant, and the box does not go on within an answer", "user");
        }
    }

    /// <summary>A text, or blocks that are text.</summary>
    public static string Text(JsonField field)
    {
        if (!field.IsList)
        {
            return field.IsText ? field.Text() : throw field.Wrong("a text or a list of blocks");
        }

        var texts = field.Items(ConversationLimits.MaxParts).Select(block =>
        {
            block.Object()["type"].WordOr(0, ("text", 0));
            return block["text"].Text();
        });
        return string.Join(Between, texts);
    }

    private static void AddUser(JsonField message, Conversation conversation)
    {
        var content = message["content"];
        if (!content.IsList)
        {
            conversation.Add(ChatRole.User, Text(content), message.Path, content.Path);
            return;
        }

        var texts = new List<string>();
        var results = 0;
        foreach (var block in content.Items(ConversationLimits.MaxParts))
        {
            switch (block.Object()["type"].WordOr('t', ("text", 't'), ("tool_result", 'r'), ("document", 'd')))
            {
                case 'r':
                    AddResult(block, conversation);
                    results++;
                    break;
                case 'd':
                    texts.Add(Document(block));
                    break;
                default:
                    texts.Add(block["text"].Text());
                    break;
            }
        }

        if (texts.Count > 0 || results == 0)
        {
            conversation.Add(ChatRole.User, texts.Count > 0 ? string.Join(Between, texts) : null, message.Path, content.Path);
        }
    }

    private static void AddResult(JsonField block, Conversation conversation)
    {
        var content = block["content"];
        var text = content.IsSet ? Text(content) : "";
        conversation.AddResult(block["tool_use_id"], block["is_error"].FlagOr(false) ? "Error: " + text : text, block.Path, content.Path);
    }

    private static string Document(JsonField block)
    {
        block["source"].Object()["type"].WordOr(0, ("text", 0));
        if (block["citations"]["enabled"].FlagOr(false))
        {
            throw block["citations"]["enabled"].Refuse("is true", "false: the box marks no places in documents");
        }

        var parts = new[] { block["title"].TextOr(""), block["context"].TextOr(""), block["source"]["data"].Text() };
        return string.Join(Between, parts.Where(part => part.Length > 0));
    }

    private static void AddAssistant(JsonField message, Conversation conversation)
    {
        var content = message["content"];
        if (!content.IsList)
        {
            conversation.Add(ChatRole.Assistant, Text(content), message.Path, content.Path);
            return;
        }

        var (texts, thoughts, calls) = (new List<string>(), new List<string>(), new List<JsonField>());
        foreach (var block in content.Items(ConversationLimits.MaxParts))
        {
            switch (block.Object()["type"].WordOr('t', ("text", 't'), ("tool_use", 'c'), ("thinking", 'k')))
            {
                case 'c':
                    calls.Add(block);
                    break;
                case 'k':
                    thoughts.Add(Thought(block));
                    break;
                default:
                    texts.Add(block["text"].Text());
                    break;
            }
        }

        var text = texts.Count > 0 || calls.Count == 0 ? string.Join(Between, texts) : null;
        conversation.Add(ChatRole.Assistant, text, message.Path, content.Path).Reasoning = string.Join(Between, thoughts);
        calls.ForEach(call => conversation.AddCall(call["id"], call["name"], call["input"], call.Path));
    }

    private static string Thought(JsonField block)
    {
        var open = block["thinking"].TextOr("");
        return open.Length > 0 ? open : SealedThought.Open(block["signature"].TextOr("")) ?? "";
    }
}
