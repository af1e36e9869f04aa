namespace EdgeBox.Worker.Chat;

/// <summary>A stretch of a prompt: structure of the model's format, or what somebody said.</summary>
internal readonly record struct PromptPart(string Text, bool IsContent);

/// <summary>A tool and the grammar rule that its arguments, a JSON object, match.</summary>
internal readonly record struct ToolRule(string Tool, string Rule);

/// <summary>A conversation cannot be put in the model's format; the message says why, and is fit for a client.</summary>
internal sealed class ConversationException(string message) : Exception(message);

/// <summary>How one family of models is spoken to: conversations to prompts, and the tokens of an answer to what they mean.</summary>
internal interface IConversationFormat
{
    /// <summary>Its name, e.g. "harmony" or "qwen3".</summary>
    string Name { get; }

    /// <summary>Whether it has a place for tools, calls and what tools answered.</summary>
    bool HasTools { get; }

    /// <summary>Whether models of the family can think before they answer.</summary>
    bool Thinks { get; }

    /// <summary>A conversation as stretches of prompt, ending where the model is to answer.</summary>
    /// <exception cref="ConversationException">The format has no place for something of it.</exception>
    IReadOnlyList<PromptPart> Render(Conversation conversation);

    /// <summary>A reader of the answer to a conversation that was rendered.</summary>
    IAnswerReader Read(Conversation conversation);

    /// <summary>
    /// GBNF with a rule "root" of what the model writes while the reader is at <see cref="AnswerPlace.Call"/>, where the format has the
    /// tool's name among it; null where the reader knows the tool by then and only the arguments follow.
    /// </summary>
    /// <param name="tools">The tools that may be called. The rules they name are added to the grammar.</param>
    string? CallGrammar(IReadOnlyList<ToolRule> tools);
}
