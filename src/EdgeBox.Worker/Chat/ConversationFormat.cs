using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Hosting;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>Writes conversations in the format of one model.</summary>
/// <remarks>
/// The engine renders marks nobody can guess in the place of contents, and the outcome is split around them. So the text of a
/// message cannot pass for structure, whatever it says.
/// </remarks>
internal sealed class ConversationFormat : IConversationFormat
{
    // Kept or cut by the format as it cuts white space around contents; no format has it in its structure.
    private const char Edge = '\f';

    private readonly string _template;
    private readonly HarmonyTokens? _harmony;

    private ConversationFormat(string template, HarmonyTokens? harmony)
    {
        _template = template;
        _harmony = harmony;
    }

    /// <inheritdoc/>
    public string Name => _harmony is null ? "template" : "harmony";

    /// <inheritdoc/>
    public bool HasTools => false;

    /// <inheritdoc/>
    public bool Thinks => _harmony is not null;

    /// <inheritdoc/>
    public IAnswerReader? Read(Conversation conversation) => _harmony is null ? null : new HarmonyReader(_harmony);

    /// <inheritdoc/>
    public string? CallGrammar(IReadOnlyList<ToolRule> tools) => null;

    /// <inheritdoc/>
    public IReadOnlyList<PromptPart> Render(Conversation conversation) =>
        Render([.. conversation.Turns.Select(turn => (turn.Role.ToString().ToLowerInvariant(), turn.Text))]);

    /// <summary>The format of a model; null if it has none that the engine knows.</summary>
    public static ConversationFormat? Of(LlamaModel model, HarmonyTokens? harmony)
    {
        const string GptOss = "gpt-oss";
        var speaksHarmony = harmony is not null && model.Architecture == GptOss;
        var template = speaksHarmony ? GptOss : model.ChatTemplate;
        if (template is null)
        {
            return null;
        }

        var format = new ConversationFormat(template, speaksHarmony ? harmony : null);
        return NativeTemplate.Apply(template, [("user", "?")]) is null ? null : format;
    }

    /// <summary>A conversation as stretches of prompt, ending where the model is to answer.</summary>
    /// <exception cref="ConversationException">The format has no place for a message.</exception>
    public IReadOnlyList<PromptPart> Render(IReadOnlyList<(string Role, string Text)> turns)
    {
        var mark = Unguessable.Text();
        var rendered = NativeTemplate.Apply(_template, [.. turns.Select((t, i) => (t.Role, $"{Edge}{mark}{i:D8}{Edge}"))])
            ?? throw new ConversationException("the engine does not know the model's conversation format");
        var parts = new List<PromptPart>();
        var seen = new HashSet<int>();
        for (var rest = rendered.AsSpan(); ;)
        {
            var at = rest.IndexOf(mark);
            if (at < 0)
            {
                AddStructure(parts, rest);
                break;
            }

            var turn = int.Parse(rest.Slice(at + mark.Length, 8), CultureInfo.InvariantCulture);
            var after = at + mark.Length + 8;
            var keepsStart = at > 0 && rest[at - 1] == Edge;
            var keepsEnd = after < rest.Length && rest[after] == Edge;
            AddStructure(parts, rest[..(keepsStart ? at - 1 : at)]);
            parts.Add(new PromptPart(Trimmed(turns[turn].Text, keepsStart, keepsEnd), IsContent: true));
            seen.Add(turn);
            rest = rest[(keepsEnd ? after + 1 : after)..];
        }

        var missing = Enumerable.Range(0, turns.Count).FirstOrDefault(i => !seen.Contains(i), -1);
        return missing < 0
            ? parts
            : throw new ConversationException($"the model's conversation format has no place for message {missing + 1} ({turns[missing].Role})");
    }

    private static string Trimmed(string text, bool keepsStart, bool keepsEnd)
    {
        text = keepsStart ? text : text.TrimStart();
        return keepsEnd ? text : text.TrimEnd();
    }

    private void AddStructure(List<PromptPart> parts, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var structure = text.ToString();
        if (_harmony is not null)
        {
            // The engine's own rendering ends past answers with the sign that ends generation and leaves out their channel;
            // the format wants neither (openai/harmony docs/format.md).
            structure = structure
                .Replace("<|return|>", "<|end|>", StringComparison.Ordinal)
                .Replace("<|start|>assistant<|message|>", "<|start|>assistant<|channel|>final<|message|>", StringComparison.Ordinal);
        }

        parts.Add(new PromptPart(structure, IsContent: false));
    }

    /// <summary>Calls the engine's renderer.</summary>
    private static unsafe class NativeTemplate
    {
        /// <summary>The rendered text; null if the engine does not know the template.</summary>
        public static string? Apply(string template, IReadOnlyList<(string Role, string Text)> messages)
        {
            var texts = new List<nint>();
            nint Native(string text)
            {
                texts.Add(Marshal.StringToCoTaskMemUTF8(text));
                return texts[^1];
            }

            try
            {
                var native = messages.Select(m => (Role: Native(m.Role), Text: Native(m.Text))).ToArray();
                var start = (byte*)Native(template);
                var chat = new llama_chat_message[native.Length];
                for (var i = 0; i < native.Length; i++)
                {
                    chat[i] = new llama_chat_message { role = (byte*)native[i].Role, content = (byte*)native[i].Text };
                }

                var buffer = new byte[1024 + (256 * native.Length)];
                var length = Call(start, chat, buffer);
                if (length > buffer.Length)
                {
                    buffer = new byte[length];
                    length = Call(start, chat, buffer);
                }

                return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, length);
            }
            finally
            {
                texts.ForEach(Marshal.FreeCoTaskMem);
            }
        }

        private static int Call(byte* template, llama_chat_message[] chat, byte[] buffer)
        {
            fixed (llama_chat_message* messages = chat)
            fixed (byte* target = buffer)
            {
                return Llama.NativeMethods.llama_chat_apply_template(template, messages, (nuint)chat.Length, true, target, buffer.Length);
            }
        }
    }
}
