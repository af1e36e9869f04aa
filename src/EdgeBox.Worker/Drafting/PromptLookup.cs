using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Drafting;

/// <summary>
/// Guesses how a text goes on by looking for its last tokens further up in it: answers that repeat the question, as cleaning and
/// repairing do, are guessed well. (Prompt lookup decoding, Saxena 2023.)
/// </summary>
internal sealed class PromptLookup
{
    private const int Gram = 3;
    private const int BitsOfToken = 21;

    private readonly Dictionary<ulong, int> _lastSeen;
    private readonly List<int> _tokens;
    private int _source = -1;

    /// <param name="prompt">What stands before the answer.</param>
    public PromptLookup(ReadOnlySpan<int> prompt)
    {
        _tokens = new List<int>(prompt.Length + 256);
        _lastSeen = new Dictionary<ulong, int>(prompt.Length + 256);
        foreach (var token in prompt)
        {
            Add(token);
        }
    }

    /// <summary>Notes the next token of the text.</summary>
    public void Add(int token)
    {
        // As long as a guess proves right, the copy goes on from there; a more recent place may be a worse one.
        _source = _source >= 0 && _source < _tokens.Count && _tokens[_source] == token ? _source + 1 : -1;
        _tokens.Add(token);
        if (_tokens.Count < Gram)
        {
            return;
        }

        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_lastSeen, Key(), out var known);
        if (_source < 0 && known)
        {
            _source = place;
        }

        place = _tokens.Count;
    }

    /// <summary>The tokens that are guessed to come next.</summary>
    /// <param name="guesses">Takes them; as many are guessed as there is room.</param>
    /// <returns>How many were guessed.</returns>
    public int Guess(Span<int> guesses)
    {
        if (_source < 0)
        {
            return 0;
        }

        var count = Math.Min(guesses.Length, _tokens.Count - _source);
        CollectionsMarshal.AsSpan(_tokens).Slice(_source, count).CopyTo(guesses);
        return count;
    }

    private ulong Key()
    {
        var key = 0UL;
        foreach (var token in CollectionsMarshal.AsSpan(_tokens)[^Gram..])
        {
            key = (key << BitsOfToken) | (uint)token;
        }

        return key;
    }
}
