namespace EdgeBox.Worker.Chat.Families;

/// <summary>A family of models: what all have in common.</summary>
/// <param name="name">Its name.</param>
/// <param name="signs">The vocabulary's.</param>
/// <param name="begins">Whether a prompt begins with the token for the beginning of a text.</param>
internal abstract class FamilyFormat(string name, SignTable signs, bool begins) : IConversationFormat
{
    public string Name => name;

    public bool HasTools => Table.Calls is not null;

    public bool Thinks => Table.ThinkOpen is not null;

    /// <summary>The signs of its answers.</summary>
    protected abstract ReaderTable Table { get; }

    /// <summary>Whether it can be kept from thinking.</summary>
    protected virtual bool CanBeKeptFromThinking => true;

    /// <summary>Whether a conversation wants a call and nothing before it.</summary>
    protected static bool CallsAtOnce(Conversation conversation) => conversation.CallMode == V1.CallMode.Required && conversation.Tools.Count > 0;

    public IReadOnlyList<PromptPart> Render(Conversation conversation)
    {
        if (!HasTools && (conversation.Tools.Count > 0 || conversation.Turns.Any(t => t.Calls.Count > 0 || t.Role == TurnRole.Tool)))
        {
            throw new ConversationException($"models of the family {Name} have no place for tools");
        }

        if (Thinks && conversation.Effort == V1.Effort.Off && !CanBeKeptFromThinking)
        {
            throw new ConversationException($"models of the family {Name} cannot be kept from thinking");
        }

        var prompt = new PromptWriter();
        if (begins)
        {
            prompt.Sign(signs.Begin);
        }

        Write(WithSchema(conversation), prompt);
        return prompt.Parts();
    }

    public IAnswerReader Read(Conversation conversation) => new TaggedReader(Table, conversation, StartOf(conversation), signs.EndsGeneration);

    public string? CallGrammar(IReadOnlyList<ToolRule> tools) =>
        Table.Calls?.Grammar(tools, Table.CallClose is { Token: < 0 } close ? close.Text : "");

    /// <summary>Writes a conversation up to where the model is to answer.</summary>
    protected abstract void Write(Conversation conversation, PromptWriter prompt);

    /// <summary>Where a prompt leaves the model.</summary>
    protected abstract ReaderStart StartOf(Conversation conversation);

    /// <summary>The system's message where it is the first; null if there is none there.</summary>
    protected static Turn? FirstSystem(Conversation conversation) =>
        conversation.Turns.Count > 0 && conversation.Turns[0].Role == TurnRole.System ? conversation.Turns[0] : null;

    /// <summary>Refuses system messages behind the first place.</summary>
    protected void RefuseLaterSystem(Conversation conversation)
    {
        for (var i = 1; i < conversation.Turns.Count; i++)
        {
            if (conversation.Turns[i].Role == TurnRole.System)
            {
                throw new ConversationException($"message {i + 1}: models of the family {Name} have a place for a system message at the beginning only");
            }
        }
    }

    /// <summary>Refuses conversations in which user and assistant do not take turns; calls and results do not count.</summary>
    protected void RefuseTwoInARow(Conversation conversation)
    {
        var last = TurnRole.Assistant;
        for (var i = FirstSystem(conversation) is null ? 0 : 1; i < conversation.Turns.Count; i++)
        {
            var turn = conversation.Turns[i];
            if (turn.Role == TurnRole.Tool || turn.Calls.Count > 0)
            {
                continue;
            }

            if (turn.Role == last)
            {
                throw new ConversationException($"message {i + 1}: in conversations with models of the family {Name} user and assistant take turns, beginning with the user");
            }

            last = turn.Role;
        }
    }

    /// <summary>The last message of the user; -1 if there is none.</summary>
    protected static int LastUser(Conversation conversation)
    {
        for (var i = conversation.Turns.Count - 1; i >= 0; i--)
        {
            if (conversation.Turns[i].Role == TurnRole.User)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>No family has a place for what an answer has to be: it is said at the end of the first message.</summary>
    private static Conversation WithSchema(Conversation conversation)
    {
        if (conversation.Answer is not { } answer || conversation.Turns.Count == 0 || conversation.Turns[0].Role is not (TurnRole.System or TurnRole.User))
        {
            return conversation;
        }

        var name = answer.Name.Length > 0 ? $" ({answer.Name})" : "";
        var description = answer.Description.Length > 0 ? answer.Description + "\n" : "";
        var told = $"The answer{name} is JSON that matches this schema and nothing else.\n{description}{answer.Schema}";
        var first = conversation.Turns[0];
        return conversation with { Turns = [first with { Text = first.Text.Length > 0 ? $"{first.Text}\n\n{told}" : told }, .. conversation.Turns.Skip(1)] };
    }
}
