using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>Makes tokens of prompts. What a client wrote never makes a sign to the model.</summary>
internal sealed class PromptTokenizer
{
    // The engine's pre-tokenizer recurses once a character within a word: longer stretches are cut to bound its stack.
    private const int LongestStretch = 16 * 1024;

    private readonly Vocabulary _vocabulary;
    private readonly Lazy<SpecialTexts> _specials;
    private readonly int[] _newline;

    public PromptTokenizer(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _specials = new Lazy<SpecialTexts>(() => new SpecialTexts(vocabulary));
        _newline = vocabulary.Type == VocabularyType.SentencePiece ? vocabulary.Tokenize("\n"u8, addSpecial: false, parseSpecial: false) : [];
    }

    /// <summary>The tokens of a plain text.</summary>
    /// <param name="text">What a client wrote.</param>
    /// <param name="addBos">Begin with the token for the beginning of text if the model wants it.</param>
    public List<int> Plain(string text, bool addBos)
    {
        var tokens = new List<int>();
        if (addBos)
        {
            AddBos(tokens);
        }

        AddContent(text, tokens, continues: false);
        return tokens;
    }

    /// <summary>The tokens of a text with those that the model wants at its ends, as it is read for a vector.</summary>
    public int[] Whole(string text)
    {
        if (_vocabulary.Type != VocabularyType.BytePair)
        {
            return _vocabulary.Tokenize(Encoding.UTF8.GetBytes(text), addSpecial: true, parseSpecial: false);
        }

        var ends = _vocabulary.Tokenize([], addSpecial: true, parseSpecial: false).AsSpan();
        var before = _vocabulary.AddsBos && ends.Length > 0 ? 1 : 0;
        return [.. ends[..before], .. Plain(text, addBos: false), .. ends[before..]];
    }

    /// <summary>The tokens of a conversation: signs are made of its structure, never of its contents.</summary>
    public List<int> Conversation(IReadOnlyList<PromptPart> parts)
    {
        var tokens = new List<int>();
        foreach (var part in parts)
        {
            if (part.IsContent)
            {
                AddContent(part.Text, tokens, continues: tokens.Count > 0);
            }
            else
            {
                Add(part.Text, tokens, parseSpecial: true, continues: tokens.Count > 0);
            }
        }

        if (_vocabulary.AddsBos && (tokens.Count == 0 || tokens[0] != _vocabulary.Bos))
        {
            tokens.Insert(0, _vocabulary.Bos);
        }

        return tokens;
    }

    private void AddBos(List<int> tokens)
    {
        if (_vocabulary.AddsBos)
        {
            tokens.Add(_vocabulary.Bos);
        }
    }

    private void AddContent(string text, List<int> tokens, bool continues)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var piece = rest[.._specials.Value.SafeLength(rest)];
            rest = rest[piece.Length..];
            while (piece.Length > 0)
            {
                var stretch = piece[..StretchLength(piece)];
                piece = piece[stretch.Length..];
                AddChecked(stretch, tokens, continues);
                continues = true;
            }
        }
    }

    private void AddChecked(ReadOnlySpan<char> text, List<int> tokens, bool continues)
    {
        var before = tokens.Count;
        Add(text, tokens, parseSpecial: false, continues);
        for (var i = before; i < tokens.Count; i++)
        {
            if (_specials.Value.Contains(tokens[i]))
            {
                // The tokenizer made a sign after all: character by character it cannot.
                tokens.RemoveRange(before, tokens.Count - before);
                foreach (var rune in text.ToString().EnumerateRunes())
                {
                    Add(rune.ToString(), tokens, parseSpecial: false, continues: true);
                }

                return;
            }
        }
    }

    private void Add(ReadOnlySpan<char> text, List<int> tokens, bool parseSpecial, bool continues)
    {
        var prefix = continues && _newline.Length > 0 ? "\n" : "";
        var bytes = new byte[prefix.Length + Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = Encoding.UTF8.GetBytes(prefix, bytes);
        length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(length));
        var made = _vocabulary.Tokenize(bytes.AsSpan(0, length), addSpecial: false, parseSpecial);

        // SentencePiece puts a space before every text that it is given; a newline in front of a continuation keeps it away.
        if (prefix.Length > 0 && made.AsSpan().StartsWith(_newline))
        {
            tokens.AddRange(made.AsSpan(_newline.Length));
        }
        else
        {
            tokens.AddRange(prefix.Length == 0
                ? made
                : _vocabulary.Tokenize(bytes.AsSpan(prefix.Length, length - prefix.Length), addSpecial: false, parseSpecial));
        }
    }

    /// <summary>Where to cut a long text: after a newline that a letter follows, where no tokenizer joins the two sides, else anywhere.</summary>
    private int StretchLength(ReadOnlySpan<char> text)
    {
        if (text.Length <= LongestStretch || _vocabulary.Type != VocabularyType.BytePair)
        {
            return text.Length;
        }

        for (var i = LongestStretch - 1; i > LongestStretch / 2; i--)
        {
            if (text[i - 1] == '\n' && char.IsAsciiLetter(text[i]))
            {
                return i;
            }
        }

        for (var i = LongestStretch - 1; i > LongestStretch / 2; i--)
        {
            if (text[i] == ' ' && char.IsAsciiLetter(text[i - 1]) && char.IsAsciiLetter(text[i + 1]))
            {
                return i;
            }
        }

        return char.IsHighSurrogate(text[LongestStretch - 1]) ? LongestStretch - 1 : LongestStretch;
    }
}
