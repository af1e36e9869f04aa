using System.Text;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Puts a prompt together: structure, and what somebody said.</summary>
internal sealed class PromptWriter
{
    private readonly List<PromptPart> _parts = [];
    private readonly StringBuilder _part = new();
    private bool _isContent;

    /// <summary>Adds structure of the format, in which signs are signs.</summary>
    public PromptWriter Sign(string text) => Add(text, isContent: false);

    /// <summary>Adds what a person, a model, a tool or a document said, in which signs are text.</summary>
    public PromptWriter Text(string text) => Add(text, isContent: true);

    /// <summary>The stretches of the prompt: no two of a kind in a row.</summary>
    public IReadOnlyList<PromptPart> Parts()
    {
        Flush();
        return _parts;
    }

    private PromptWriter Add(string text, bool isContent)
    {
        if (text.Length == 0)
        {
            return this;
        }

        if (isContent != _isContent)
        {
            Flush();
            _isContent = isContent;
        }

        _part.Append(text);
        return this;
    }

    private void Flush()
    {
        if (_part.Length > 0)
        {
            _parts.Add(new PromptPart(_part.ToString(), _isContent));
            _part.Clear();
        }
    }
}
