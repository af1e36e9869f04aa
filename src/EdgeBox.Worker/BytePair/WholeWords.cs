namespace EdgeBox.Worker.BytePair;

/// <summary>Which words are tokens as they are.</summary>
internal sealed class WholeWords
{
    private const int LongestOnStack = 256;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly Func<int, bool> _isSign;
    private readonly int _longest;

    /// <param name="ids">The tokens by their text in the file.</param>
    /// <param name="isSign">Which tokens no word is.</param>
    public WholeWords(Dictionary<string, int> ids, Func<int, bool> isSign) =>
        (_ids, _isSign, _longest) = (ids.GetAlternateLookup<ReadOnlySpan<char>>(), isSign, ids.Keys.Max(text => text.Length));

    /// <summary>The token of a word; null if it is none.</summary>
    public int? Find(ReadOnlySpan<byte> word)
    {
        if (word.Length > _longest)
        {
            return null;
        }

        var text = word.Length <= LongestOnStack ? stackalloc char[word.Length] : new char[word.Length];
        for (var i = 0; i < word.Length; i++)
        {
            text[i] = ByteText.Characters[word[i]];
        }

        return _ids.TryGetValue(text, out var token) && !_isSign(token) ? token : null;
    }
}
