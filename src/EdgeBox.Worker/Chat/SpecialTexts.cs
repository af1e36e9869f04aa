using System.Buffers;
using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>The texts of a vocabulary that stand for signs to the model, and where they occur in what a client wrote.</summary>
internal sealed class SpecialTexts
{
    private readonly SearchValues<string>? _texts;
    private readonly ILookup<char, string> _byFirst;
    private readonly HashSet<int> _tokens = [];

    public SpecialTexts(Vocabulary vocabulary)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        for (var token = 0; token < vocabulary.Count; token++)
        {
            const TokenAttributes Special = TokenAttributes.Control | TokenAttributes.UserDefined | TokenAttributes.Unknown;
            if ((vocabulary.Attributes(token) & Special) == 0 && !vocabulary.EndsGeneration(token))
            {
                continue;
            }

            // Some vocabularies have runs of white space or single characters as tokens of their own: they are text, not signs.
            var text = vocabulary.RawText(token);
            if (text.EnumerateRunes().Skip(1).Any() && !text.All(c => char.IsWhiteSpace(c) || c == '▁'))
            {
                texts.Add(text);
                _tokens.Add(token);
            }
        }

        _byFirst = texts.ToLookup(t => t[0]);
        _texts = texts.Count > 0 ? SearchValues.Create([.. texts], StringComparison.Ordinal) : null;
    }

    /// <summary>Whether a token is a sign that no text of a client may make.</summary>
    public bool Contains(int token) => _tokens.Contains(token);

    /// <summary>The first sign in a text: where it starts, the length of its first character, and its own; null if there is none.</summary>
    public (int Start, int FirstLength, int Length)? Find(ReadOnlySpan<char> text)
    {
        var at = _texts is null ? -1 : text.IndexOfAny(_texts);
        if (at < 0)
        {
            return null;
        }

        Rune.DecodeFromUtf16(text[at..], out _, out var first);
        var length = first;
        foreach (var candidate in _byFirst[text[at]])
        {
            if (candidate.Length > length && text[at..].StartsWith(candidate, StringComparison.Ordinal))
            {
                length = candidate.Length;
            }
        }

        return (at, first, length);
    }
}
