using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>A whole prompt as one text, in which every sign that a client wrote is broken by a separator.</summary>
/// <remarks>
/// For vocabularies whose rules only the engine knows (see <see cref="BytePair.WordRules"/>).
/// The engine compiles its pre-tokenizer's expressions in every call, about a millisecond, so a prompt is given to it in one
/// call and not in one for each message and sign. The separators are taken out of the tokens afterwards, and every token is checked
/// against the bytes it stands for: a sign may stand for structure only.
/// </remarks>
internal sealed class JoinedPrompt
{
    /// <summary>Longer texts are cut: the engine's pre-tokenizer recurses once a character within a word.</summary>
    public const int LongestStretch = 16 * 1024;

    // A client may write it too: what is one is known by its place.
    private const char Separator = '\uE000';

    private readonly string _text;
    private readonly Kind[] _kinds;

    /// <param name="parts">The prompt.</param>
    /// <param name="specials">The texts of signs.</param>
    public JoinedPrompt(IReadOnlyList<PromptPart> parts, SpecialTexts specials)
    {
        var given = string.Concat(parts.Select(p => p.Text));
        var kindsGiven = KindsOf(parts, given.Length);
        var text = new StringBuilder(given.Length);
        var kinds = new List<Kind>(given.Length);
        var from = 0;
        for (var at = 0; specials.Find(given.AsSpan(at)) is { } sign; at += sign.Start + sign.FirstLength)
        {
            var start = at + sign.Start;
            var content = kindsGiven.AsSpan(start, sign.Length).IndexOf(Kind.Content);
            if (content >= 0)
            {
                Append(start + (content == 0 ? sign.FirstLength : content));
                text.Append(Separator);
                kinds.Add(Kind.Separator);
            }
        }

        Append(given.Length);
        (_text, _kinds) = (text.ToString(), [.. kinds]);

        void Append(int end)
        {
            text.Append(given, from, end - from);
            kinds.AddRange(kindsGiven.AsSpan(from, end - from));
            from = end;
        }
    }

    private enum Kind : byte
    {
        Content,
        Structure,
        Separator,
    }

    /// <summary>The tokens; null if the vocabulary does not keep the bytes of a text, made a sign of a content, or joined a separator with its neighbours.</summary>
    public List<int>? Tokenize(Vocabulary vocabulary, SpecialTexts specials, bool parseSpecial)
    {
        var kept = new List<int>();
        var buffer = new byte[256];
        for (int start = 0, end; start < _text.Length; start = end)
        {
            end = StretchEnd(start);
            var rest = Encoding.UTF8.GetBytes(_text, start, end - start).AsSpan();
            var kinds = KindsOfBytes(start, end);
            foreach (var token in vocabulary.Tokenize(rest, addSpecial: false, parseSpecial))
            {
                var piece = vocabulary.Piece(token, ref buffer, special: true);
                if (!rest.StartsWith(piece))
                {
                    return null;
                }

                var shown = kinds.AsSpan(kinds.Length - rest.Length, piece.Length);
                rest = rest[piece.Length..];
                if (shown.Contains(Kind.Separator))
                {
                    if (shown.ContainsAnyExcept(Kind.Separator))
                    {
                        return null;
                    }
                }
                else if (specials.Contains(token) && shown.Contains(Kind.Content))
                {
                    return null;
                }
                else
                {
                    kept.Add(token);
                }
            }
        }

        return kept;
    }

    private static Kind[] KindsOf(IReadOnlyList<PromptPart> parts, int length)
    {
        var kinds = new Kind[length];
        var at = 0;
        foreach (var part in parts)
        {
            kinds.AsSpan(at, part.Text.Length).Fill(part.IsContent ? Kind.Content : Kind.Structure);
            at += part.Text.Length;
        }

        return kinds;
    }

    private Kind[] KindsOfBytes(int start, int end)
    {
        var kinds = new List<Kind>(end - start);
        foreach (var rune in _text.AsSpan(start, end - start).EnumerateRunes())
        {
            for (var i = 0; i < rune.Utf8SequenceLength; i++)
            {
                kinds.Add(_kinds[start]);
            }

            start += rune.Utf16SequenceLength;
        }

        return [.. kinds];
    }

    /// <summary>Where to cut a long text: between two words if there are such, else anywhere but in structure.</summary>
    private int StretchEnd(int start)
    {
        var end = start + LongestStretch;
        if (end >= _text.Length)
        {
            return _text.Length;
        }

        for (var place = end; place > start; place--)
        {
            if (IsBetweenWords(place) && MayCut(place))
            {
                return place;
            }
        }

        while (end < _text.Length && !MayCut(end))
        {
            end++;
        }

        return end;
    }

    /// <summary>Whether no tokenizer joins the two sides of a place: it is before a space that follows a letter, or after a newline that a letter follows.</summary>
    private bool IsBetweenWords(int place) =>
        _text[place] == ' ' ? char.IsAsciiLetter(_text[place - 1]) : _text[place - 1] == '\n' && char.IsAsciiLetter(_text[place]);

    private bool MayCut(int place) =>
        !char.IsSurrogatePair(_text[place - 1], _text[place]) && (_kinds[place - 1] != Kind.Structure || _kinds[place] != Kind.Structure);
}
