using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether texts are in an answer, or are not.</summary>
internal sealed class TextJudge : IJudge
{
    public const int MaxTexts = 64;
    public const int MaxTextCharacters = 1024;

    private readonly IReadOnlyList<string> _texts;
    private readonly StringComparison _comparison;
    private readonly bool _wanted;

    private TextJudge(TextList list, bool wanted)
    {
        _texts = [.. list.Texts];
        _comparison = list.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        _wanted = wanted;
    }

    public string Name => (_wanted ? "contains " : "does not contain ") + Words.List(_texts);

    /// <summary>Understands a list.</summary>
    public static TextJudge Of(TextList list, bool wanted, string field)
    {
        Texts($"{field}.texts", list.Texts, (1, MaxTexts), MaxTextCharacters);
        return new TextJudge(list, wanted);
    }

    public string? Judge(string answer, string input)
    {
        var wrong = _texts.Where(text => answer.Contains(text, _comparison) != _wanted).ToList();
        return wrong.Count == 0 ? null
            : _wanted ? $"The answer must contain {Words.List(wrong)}, exactly as written here."
            : $"The answer must not contain {Words.List(wrong)}.";
    }
}
