using System.Buffers;
using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>The texts of a vocabulary that stand for signs to the model, and where they occur in what a client wrote.</summary>
internal sealed class SpecialTexts
{
    private readonly SearchValues<string> _texts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _tokens;
    private readonly int[] _lengths;
    private readonly HashSet<int> _signs = [];

    public SpecialTexts(Vocabulary vocabulary)
    {
        const TokenAttributes Parsed = TokenAttributes.Control | TokenAttributes.UserDefined | TokenAttributes.Unknown;
        const TokenAttributes Strip = TokenAttributes.LeftStrip | TokenAttributes.RightStrip;
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        AreWhatIsParsed = true;
        for (var token = 0; token < vocabulary.Count; token++)
        {
            var attributes = vocabulary.Attributes(token);
            var isParsed = (attributes & Parsed) != 0;
            if (!isParsed && !vocabulary.EndsGeneration(token))
            {
                continue;
            }

            // Some vocabularies have runs of white space or single characters as tokens of their own: they are text, not signs.
            var text = vocabulary.RawText(token);
            var isSign = text.EnumerateRunes().Skip(1).Any() && !text.All(c => char.IsWhiteSpace(c) || c == '▁');
            AreWhatIsParsed &= isSign && isParsed && (attributes & Strip) == 0;
            if (isSign)
            {
                tokens[text] = token;
                _signs.Add(token);
            }
        }

        _tokens = tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. tokens.Keys.Select(t => t.Length).Distinct().OrderDescending()];
        _texts = SearchValues.Create([.. tokens.Keys], StringComparison.Ordinal);
    }

    /// <summary>Whether the engine, parsing, makes signs of these texts and of no others, and of nothing beside them.</summary>
    public bool AreWhatIsParsed { get; }

    /// <summary>Whether a token is a sign that no text of a client may make.</summary>
    public bool Contains(int token) => _signs.Contains(token);

    /// <summary>The first sign in a text, the longest one if several start there; null if there is none.</summary>
    public Sign? Find(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(_texts);
        if (at < 0)
        {
            return null;
        }

        Rune.DecodeFromUtf16(text[at..], out _, out var first);
        foreach (var length in _lengths)
        {
            if (length <= text.Length - at && _tokens.TryGetValue(text.Slice(at, length), out var token))
            {
                return new Sign(at, first, length, token);
            }
        }

        throw new InvalidOperationException("A sign was found and is none.");
    }

    /// <summary>Where a sign stands in a text.</summary>
    /// <param name="Start">Where it starts.</param>
    /// <param name="FirstLength">The length of its first character.</param>
    /// <param name="Length">Its length.</param>
    /// <param name="Token">Its token.</param>
    internal readonly record struct Sign(int Start, int FirstLength, int Length, int Token);
}
