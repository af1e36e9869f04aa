using System.Buffers;
using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>The texts of a vocabulary that stand for signs to the model, and where they occur in what a client wrote.</summary>
internal sealed class SpecialTexts
{
    private readonly SearchValues<string>? _texts;
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

        _texts = texts.Count > 0 ? SearchValues.Create([.. texts], StringComparison.Ordinal) : null;
    }

    /// <summary>Whether a token is a sign that no text of a client may make.</summary>
    public bool Contains(int token) => _tokens.Contains(token);

    /// <summary>The length of the longest start of a text that can be split into tokens without making a sign.</summary>
    public int SafeLength(ReadOnlySpan<char> text)
    {
        var at = _texts is null ? -1 : text.IndexOfAny(_texts);
        if (at < 0)
        {
            return text.Length;
        }

        // Up to and with the first character of the sign: neither half is a sign then.
        Rune.DecodeFromUtf16(text[at..], out _, out var first);
        return at + first;
    }
}
