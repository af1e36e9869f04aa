using System.Text;
using EdgeBox.Worker.BytePair;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>Makes tokens of prompts. What a client wrote never makes a sign to the model.</summary>
internal sealed class PromptTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly Lazy<SpecialTexts> _specials;
    private readonly Lazy<BytePairTokenizer?> _own;
    private readonly int[] _newline;

    public PromptTokenizer(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _specials = new Lazy<SpecialTexts>(() => new SpecialTexts(vocabulary));
        _own = new Lazy<BytePairTokenizer?>(() => _specials.Value.AreWhatIsParsed ? BytePairTokenizer.Of(vocabulary, _specials.Value.Contains) : null);
        _newline = vocabulary.Type == VocabularyType.SentencePiece ? vocabulary.Tokenize("\n"u8, addSpecial: false, parseSpecial: false) : [];
    }

    /// <summary>Makes what the first text would have to wait for: some tenths of a second for a large vocabulary.</summary>
    public void Prepare() => _ = _own.Value;

    /// <summary>The tokens of a plain text.</summary>
    /// <param name="text">What a client wrote.</param>
    /// <param name="addBos">Begin with the token for the beginning of text if the model wants it.</param>
    public List<int> Plain(string text, bool addBos)
    {
        var tokens = Tokens([new PromptPart(text, IsContent: true)], parseSpecial: false);
        if (addBos && _vocabulary.AddsBos)
        {
            tokens.Insert(0, _vocabulary.Bos);
        }

        return tokens;
    }

    /// <summary>The tokens of a text with those that the model wants at its ends, as it is read for a vector.</summary>
    public int[] Whole(string text)
    {
        var ends = _vocabulary.Tokenize([], addSpecial: true, parseSpecial: false).AsSpan();

        // A WordPiece text always has its first token, whatever the file says of others.
        var before = (_vocabulary.AddsBos || _vocabulary.Type == VocabularyType.WordPiece) && ends.Length > 0 ? 1 : 0;
        return [.. ends[..before], .. Plain(text, addBos: false), .. ends[before..]];
    }

    /// <summary>The tokens of a conversation: signs are made of its structure, never of its contents.</summary>
    public List<int> Conversation(IReadOnlyList<PromptPart> parts)
    {
        var tokens = Tokens(parts, parseSpecial: true);
        if (_vocabulary.AddsBos && (tokens.Count == 0 || tokens[0] != _vocabulary.Bos))
        {
            tokens.Insert(0, _vocabulary.Bos);
        }

        return tokens;
    }

    /// <summary>The tokens of a template that names its own signs: signs are made of its structure, never of its contents.</summary>
    public List<int> Template(IReadOnlyList<PromptPart> parts) => Tokens(parts, parseSpecial: true);

    private List<int> Tokens(IReadOnlyList<PromptPart> parts, bool parseSpecial)
    {
        if (_own.Value is { } own)
        {
            return Own(own, parts);
        }

        var joined = _vocabulary.Type == VocabularyType.BytePair
            ? new JoinedPrompt(parts, _specials.Value).Tokenize(_vocabulary, _specials.Value, parseSpecial)
            : null;
        return joined ?? OneByOne(parts);
    }

    /// <summary>Signs of structure as they are, and whatever stands between two of them as one text, which makes none.</summary>
    private List<int> Own(BytePairTokenizer tokenizer, IReadOnlyList<PromptPart> parts)
    {
        var text = string.Concat(parts.Select(p => p.Text));
        var tokens = new List<int>();
        var (from, at) = (0, 0);
        foreach (var part in parts)
        {
            var end = at + part.Text.Length;
            while (!part.IsContent && _specials.Value.Find(text.AsSpan(at, end - at)) is { } sign)
            {
                tokenizer.Tokenize(text.AsSpan(from, at + sign.Start - from), tokens);
                tokens.Add(sign.Token);
                from = at += sign.Start + sign.Length;
            }

            at = end;
        }

        tokenizer.Tokenize(text.AsSpan(from), tokens);
        return tokens;
    }

    /// <summary>Part by part, and content in pieces that hold no sign: for vocabularies that do not keep the bytes of a text.</summary>
    private List<int> OneByOne(IReadOnlyList<PromptPart> parts)
    {
        var tokens = new List<int>();
        foreach (var part in parts)
        {
            if (!part.IsContent)
            {
                Add(part.Text, tokens, parseSpecial: true);
                continue;
            }

            for (var rest = part.Text.AsSpan(); rest.Length > 0;)
            {
                // Up to and with the first character of a sign: neither half is a sign then.
                var length = _specials.Value.Find(rest) is { } found ? found.Start + found.FirstLength : rest.Length;
                if (_vocabulary.Type == VocabularyType.BytePair && length > JoinedPrompt.LongestStretch)
                {
                    length = JoinedPrompt.LongestStretch + (char.IsLowSurrogate(rest[JoinedPrompt.LongestStretch]) ? 1 : 0);
                }

                AddChecked(rest[..length], tokens);
                rest = rest[length..];
            }
        }

        return tokens;
    }

    private void AddChecked(ReadOnlySpan<char> text, List<int> tokens)
    {
        var before = tokens.Count;
        Add(text, tokens, parseSpecial: false);
        for (var i = before; i < tokens.Count; i++)
        {
            if (tokens[i] != _vocabulary.Unknown && _specials.Value.Contains(tokens[i]))
            {
                if (_vocabulary.Type == VocabularyType.WordPiece)
                {
                    // Letters that make a sign inside a word, perhaps only in lower case: the word is one that cannot be spelt.
                    tokens[i] = _vocabulary.Unknown;
                    continue;
                }

                // The tokenizer made a sign after all: character by character it cannot.
                tokens.RemoveRange(before, tokens.Count - before);
                foreach (var rune in text.ToString().EnumerateRunes())
                {
                    Add(rune.ToString(), tokens, parseSpecial: false);
                }

                return;
            }
        }
    }

    private void Add(ReadOnlySpan<char> text, List<int> tokens, bool parseSpecial)
    {
        // SentencePiece puts a space before every text that it is given; a newline in front of a continuation keeps it away.
        var prefix = tokens.Count > 0 && _newline.Length > 0 ? "\n" : "";
        var bytes = new byte[prefix.Length + Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = Encoding.UTF8.GetBytes(prefix, bytes);
        length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(length));
        var made = _vocabulary.Tokenize(bytes.AsSpan(0, length), addSpecial: false, parseSpecial);
        if (prefix.Length == 0)
        {
            tokens.AddRange(made);
        }
        else if (made.AsSpan().StartsWith(_newline))
        {
            tokens.AddRange(made.AsSpan(_newline.Length));
        }
        else
        {
            tokens.AddRange(_vocabulary.Tokenize(bytes.AsSpan(prefix.Length, length - prefix.Length), addSpecial: false, parseSpecial));
        }
    }
}
