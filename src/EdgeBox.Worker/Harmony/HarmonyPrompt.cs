using System.Text;
using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Collects the stretches of a prompt: structure that the format has, and contents that somebody wrote.</summary>
internal sealed class HarmonyPrompt(HarmonyTokens tokens)
{
    private readonly List<PromptPart> _parts = [];
    private readonly StringBuilder _text = new();
    private bool _isContent;

    /// <summary>Adds structure: only here are signs signs.</summary>
    public HarmonyPrompt Structure(string text) => Add(text, isContent: false);

    /// <summary>Adds what somebody wrote.</summary>
    public HarmonyPrompt Content(string text) => Add(text, isContent: true);

    /// <summary>Adds a message.</summary>
    public HarmonyPrompt Message(HarmonyMessage message)
    {
        Structure("<|start|>").Structure(message.Role);
        if (message.Author is { } author)
        {
            Structure(HarmonyMessage.Functions).Content(author).Structure(message.IsForAssistant ? " to=assistant" : "");
        }

        if (message.RecipientFirst)
        {
            Recipient(message.Recipient);
        }

        if (message.Channel is { } channel)
        {
            Structure("<|channel|>").Structure(channel);
        }

        if (!message.RecipientFirst)
        {
            Recipient(message.Recipient);
        }

        Structure(message.Recipient is null ? "" : ContentType).Structure("<|message|>").Content(message.Text);

        // A vocabulary without the sign that ends calls has only the one that ends messages.
        return Structure(message.Recipient is not null && tokens.Call >= 0 ? "<|call|>" : "<|end|>");
    }

    /// <summary>Begins the message of a call, up to its arguments.</summary>
    public HarmonyPrompt BeginCall(string tool) =>
        Structure("<|start|>assistant<|channel|>commentary").Recipient(tool).Structure(ContentType).Structure("<|message|>");

    /// <summary>The stretches; neighbours are of different kinds.</summary>
    public IReadOnlyList<PromptPart> Parts()
    {
        Flush();
        return _parts;
    }

    private string ContentType => tokens.Constrain >= 0 ? " <|constrain|>json" : " json";

    private HarmonyPrompt Recipient(string? tool) => tool is null ? this : Structure(" to=" + HarmonyMessage.Functions).Content(tool);

    private HarmonyPrompt Add(string text, bool isContent)
    {
        if (isContent != _isContent && text.Length > 0)
        {
            Flush();
            _isContent = isContent;
        }

        _text.Append(text);
        return this;
    }

    private void Flush()
    {
        if (_text.Length > 0)
        {
            _parts.Add(new PromptPart(_text.ToString(), _isContent));
            _text.Clear();
        }
    }
}
