using System.Runtime.InteropServices;
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
    // The engine's pre-tokenizer recurses once a character within a word: longer stretches are cut to bound its stack.
    private const int LongestStretch = 16 * 1024;
    private const char FirstSeparator = '\uE000';
    private const char LastSeparator = '\uF8FF';

    private readonly string _text;
    private readonly byte[] _bytes;
    private readonly Kind[] _kinds;
    private readonly List<(int Start, int End)> _structure = [];

    /// <param name="parts">The prompt.</param>
    /// <param name="specials">The texts of signs.</param>
    public JoinedPrompt(IReadOnlyList<PromptPart> parts, SpecialTexts specials)
    {
        var text = string.Concat(parts.Select(p => p.Text));
        var structure = new List<(int Start, int End)>();
        var at = 0;
        foreach (var part in parts)
        {
            if (!part.IsContent)
            {
                structure.Add((at, at + part.Text.Length));
            }

            at += part.Text.Length;
        }

        var cuts = Cuts(text, structure, specials);
        var separator = FirstSeparator;
        while (cuts.Count > 0 && separator < LastSeparator && text.Contains(separator))
        {
            separator++;
        }

        var separated = new StringBuilder(text.Length + cuts.Count);
        var from = 0;
        foreach (var cut in cuts)
        {
            separated.Append(text, from, cut - from).Append(separator);
            from = cut;
        }

        _text = separated.Append(text, from, text.Length - from).ToString();
        var shift = 0;
        foreach (var (start, end) in structure)
        {
            // No separator stands inside structure.
            while (shift < cuts.Count && cuts[shift] <= start)
            {
                shift++;
            }

            _structure.Add((start + shift, end + shift));
        }

        (_bytes, _kinds) = Classify(_text, _structure, cuts.Count > 0 ? separator : null);
    }

    private enum Kind : byte
    {
        Content,
        Structure,
        Separator,
    }

    /// <summary>The tokens; null if the vocabulary does not keep the bytes of a text or joined a separator with its neighbours.</summary>
    public List<int>? Tokenize(Vocabulary vocabulary, SpecialTexts specials, bool parseSpecial)
    {
        var kept = new List<int>();
        var position = 0;
        var piece = new byte[256];
        foreach (var (start, end) in Stretches())
        {
            var bytes = Encoding.UTF8.GetBytes(_text, start, end - start);
            foreach (var token in vocabulary.Tokenize(bytes, addSpecial: false, parseSpecial))
            {
                var length = vocabulary.Piece(token, piece, special: true);
                if (length < 0)
                {
                    piece = new byte[-length];
                    length = vocabulary.Piece(token, piece, special: true);
                }

                if (position + length > _bytes.Length || !piece.AsSpan(0, length).SequenceEqual(_bytes.AsSpan(position, length)))
                {
                    return null;
                }

                var kinds = _kinds.AsSpan(position, length);
                position += length;
                var separators = kinds.Count(Kind.Separator);
                if (separators > 0)
                {
                    if (separators < length)
                    {
                        return null;
                    }

                    continue;
                }

                if (specials.Contains(token) && kinds.Contains(Kind.Content))
                {
                    return null;
                }

                kept.Add(token);
            }
        }

        return position == _bytes.Length ? kept : null;
    }

    /// <summary>Where separators go: after the first character of every sign that is not wholly structure.</summary>
    private static List<int> Cuts(string text, List<(int Start, int End)> structure, SpecialTexts specials)
    {
        var cuts = new List<int>();
        var within = 0;
        for (var at = 0; specials.Find(text.AsSpan(at)) is { } found; at += found.Start + found.FirstLength)
        {
            var (start, end) = (at + found.Start, at + found.Start + found.Length);
            while (within < structure.Count && structure[within].End < end)
            {
                within++;
            }

            if (within == structure.Count || start < structure[within].Start)
            {
                cuts.Add(start + found.FirstLength);
            }
        }

        return cuts;
    }

    private static (byte[] Bytes, Kind[] Kinds) Classify(string text, List<(int Start, int End)> structure, char? separator)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var kinds = new Kind[bytes.Length];
        var (at, offset) = (0, 0);
        foreach (var (start, end) in structure)
        {
            offset += Encoding.UTF8.GetByteCount(text.AsSpan(at, start - at));
            var length = Encoding.UTF8.GetByteCount(text.AsSpan(start, end - start));
            kinds.AsSpan(offset, length).Fill(Kind.Structure);
            (at, offset) = (end, offset + length);
        }

        if (separator is { } c)
        {
            var sign = Encoding.UTF8.GetBytes([c]);
            for (var i = 0; bytes.AsSpan(i).IndexOf(sign) is >= 0 and var found; i += found + sign.Length)
            {
                kinds.AsSpan(i + found, sign.Length).Fill(Kind.Separator);
            }
        }

        return (bytes, kinds);
    }

    private IEnumerable<(int Start, int End)> Stretches()
    {
        for (var start = 0; start < _text.Length;)
        {
            var end = StretchEnd(start);
            yield return (start, end);
            start = end;
        }
    }

    /// <summary>Where to cut a long text: after a newline that a letter follows, where no tokenizer joins the two sides, else anywhere but in structure.</summary>
    private int StretchEnd(int start)
    {
        if (_text.Length - start <= LongestStretch)
        {
            return _text.Length;
        }

        var last = start + LongestStretch;
        var end = Enumerable.Range(1, LongestStretch / 2).Select(i => last - i)
            .FirstOrDefault(i => _text[i - 1] == '\n' && char.IsAsciiLetter(_text[i]) && !InStructure(i), -1);
        if (end < 0)
        {
            end = Enumerable.Range(1, LongestStretch / 2).Select(i => last - i)
                .FirstOrDefault(i => _text[i] == ' ' && char.IsAsciiLetter(_text[i - 1]) && char.IsAsciiLetter(_text[i + 1]) && !InStructure(i), -1);
        }

        end = end < 0 ? last : end;
        if (InStructure(end))
        {
            end = _structure.First(s => s.End > end).End;
        }

        return end < _text.Length && char.IsLowSurrogate(_text[end]) ? end + 1 : end;
    }

    private bool InStructure(int position)
    {
        var at = CollectionsMarshal.AsSpan(_structure).BinarySearch(new StartsAt(position));
        var before = at >= 0 ? at : ~at - 1;
        return before >= 0 && _structure[before].Start < position && position < _structure[before].End;
    }

    /// <summary>Finds a stretch of structure by where it starts.</summary>
    private readonly struct StartsAt(int position) : IComparable<(int Start, int End)>
    {
        public int CompareTo((int Start, int End) other) => position.CompareTo(other.Start);
    }
}
