using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Constraints;

/// <summary>The tokens of a vocabulary, in order for masks. Made once for a model.</summary>
internal sealed class TokenTable
{
    /// <summary>Characters of a short token.</summary>
    /// <remarks>
    /// A mask looks ahead that far without regard to counters that do not end before. The few longer tokens (runs of blanks, above all) are
    /// looked at with all counters; without that, a string of at most 100 characters would have a hundred different masks.
    /// </remarks>
    public const int ShortCharacters = 16;

    public TokenTable(PieceTable pieces)
    {
        Count = pieces.Count;
        EndTokens = [.. Enumerable.Range(0, pieces.Count).Where(pieces.EndsGeneration)];
        Short = new TokenTrie(pieces, token => Shows(pieces, token) && !IsLong(pieces[token]));
        Long = new TokenTrie(pieces, token => Shows(pieces, token) && IsLong(pieces[token]));
    }

    public int Count { get; }

    /// <summary>The tokens that end generation.</summary>
    public int[] EndTokens { get; }

    public TokenTrie Short { get; }

    public TokenTrie Long { get; }

    private static bool Shows(PieceTable pieces, int token) => !pieces[token].IsEmpty && !pieces.EndsGeneration(token);

    private static bool IsLong(ReadOnlySpan<byte> piece)
    {
        var characters = 0;
        foreach (var value in piece)
        {
            characters += (value & 0xC0) == 0x80 ? 0 : 1;
        }

        // The rest of a character that another token began counts for the character.
        return characters + 1 > ShortCharacters;
    }
}
