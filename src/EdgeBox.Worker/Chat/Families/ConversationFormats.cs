using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Finds the family of a model in what its file says: recognised by its signs, never guessed.</summary>
/// <remarks>Harmony is not among them: who asks looks for it first.</remarks>
internal static class ConversationFormats
{
    private const string Completion = "; it answers completions";

    /// <summary>The format of a model, or why it has none: words that name what was found. Never throws, whatever the file says.</summary>
    /// <param name="architecture">general.architecture of the file.</param>
    /// <param name="template">tokenizer.chat_template of the file; null if there is none.</param>
    /// <param name="vocabulary">Its tokens.</param>
    public static (IConversationFormat? Format, string Problem) Of(string architecture, string? template, Vocabulary vocabulary) =>
        Of(architecture, template, SignTable.Of(vocabulary));

    /// <inheritdoc cref="Of(string, string?, Vocabulary)"/>
    public static (IConversationFormat? Format, string Problem) Of(string architecture, string? template, SignTable signs)
    {
        if (string.IsNullOrWhiteSpace(template))
        {
            return (null, $"the model's file has no conversation template{Completion}");
        }

        if (template.Length > TemplateText.Longest)
        {
            return (null, $"the model's conversation template has {template.Length} characters, and more than {TemplateText.Longest} are not looked at{Completion}");
        }

        var text = new TemplateText(template);
        foreach (var kin in (ReadOnlySpan<Kin>)[ChatMl, Llama3, Gemma, Mistral, DeepSeek, Glm])
        {
            var (mark, needed, find) = kin;
            if (!text.Has(mark))
            {
                continue;
            }

            if (needed.FirstOrDefault(sign => signs[sign] < 0) is { } missing)
            {
                return (null, $"the model's conversation template has {mark}, but {missing} is not a token of its vocabulary, and anybody's text could pass for it{Completion}");
            }

            return find(text, signs) is { } format ? (format, "")
                : (null, $"the model's conversation template has {mark} and is none of those that are known with it (architecture {Shown(architecture)}){Completion}");
        }

        return (null, $"the model's conversation template has no sign that is known (architecture {Shown(architecture)}){Completion}");
    }

    private static Kin ChatMl => new(ChatMlFormat.Start, [ChatMlFormat.Start, ChatMlFormat.End], KnownTemplates.ChatMl);

    private static Kin Llama3 => new("<|start_header_id|>", ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], KnownTemplates.Llama3);

    private static Kin Gemma => new("<start_of_turn>", ["<start_of_turn>", "<end_of_turn>"], KnownTemplates.Gemma);

    private static Kin Mistral => new("[INST]", ["[INST]", "[/INST]", "</s>"], KnownTemplates.Mistral);

    private static Kin DeepSeek => new(DeepSeekFormat.User, [DeepSeekFormat.User, DeepSeekFormat.Assistant, DeepSeekFormat.End], KnownTemplates.DeepSeek);

    private static Kin Glm => new("[gMASK]<sop>", ["[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"], KnownTemplates.Glm);

    /// <summary>What a file says, fit for a message.</summary>
    private static string Shown(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : "that is not named";

    /// <summary>Families with one sign in common.</summary>
    /// <param name="Mark">The sign.</param>
    /// <param name="Needed">What has to be tokens, so that no text can pass for it.</param>
    /// <param name="Find">The family of a template; null if it is not known.</param>
    private sealed record Kin(string Mark, string[] Needed, Func<TemplateText, SignTable, IConversationFormat?> Find);
}
