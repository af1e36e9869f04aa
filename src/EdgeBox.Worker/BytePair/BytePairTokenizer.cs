using System.Buffers;
using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.BytePair;

/// <summary>Makes the tokens of a text that the engine's tokenizer makes, but no sign, and without compiling an expression in every call.</summary>
internal sealed class BytePairTokenizer
{
    private readonly int[] _bytes;
    private readonly MergeTable _merges;
    private readonly WordSplitter _words;
    private readonly WholeWords? _wholeWords;

    private BytePairTokenizer(int[] bytes, MergeTable merges, WordRules rules, WholeWords? wholeWords) =>
        (_bytes, _merges, _words, _wholeWords) = (bytes, merges, new WordSplitter(rules), wholeWords);

    /// <summary>The tokenizer of a vocabulary; null if its rules are not known here, or it is odd in some way that only the engine knows.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="isSign">Which tokens no text makes.</param>
    public static BytePairTokenizer? Of(Vocabulary vocabulary, Func<int, bool> isSign)
    {
        if (WordRules.Of(vocabulary.PreTokenizer) is not { } rules)
        {
            return null;
        }

        var ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        for (var token = 0; token < vocabulary.Count; token++)
        {
            ids[vocabulary.RawText(token)] = token;
        }

        var bytes = new int[256];
        for (var value = 0; value < bytes.Length; value++)
        {
            if (!ids.TryGetValue(ByteText.Characters[value].ToString(), out bytes[value]) || isSign(bytes[value]))
            {
                return null;
            }
        }

        using var list = MergeList.Open(vocabulary.File);
        return list is not null && Merges(list, ids, isSign) is { } merges
            ? new BytePairTokenizer(bytes, merges, rules, rules.TakesWholeWords ? new WholeWords(ids, isSign) : null)
            : null;
    }

    /// <summary>Adds the tokens of a text.</summary>
    public void Tokenize(ReadOnlySpan<char> text, List<int> tokens)
    {
        const int Short = 128;
        Span<byte> shortBytes = stackalloc byte[Short * 3];
        Span<int> shortTokens = stackalloc int[Short * 3];
        while (!text.IsEmpty)
        {
            var length = _words.First(text);
            var word = text[..length];
            text = text[length..];
            if (length <= Short)
            {
                Word(word, shortBytes, shortTokens, tokens);
                continue;
            }

            var most = Encoding.UTF8.GetMaxByteCount(length);
            var (bytes, made) = (ArrayPool<byte>.Shared.Rent(most), ArrayPool<int>.Shared.Rent(most));
            Word(word, bytes, made, tokens);
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<int>.Shared.Return(made);
        }
    }

    /// <summary>The merges of a list; null if one is of a text that is no token: the engine can follow that, a table of tokens cannot.</summary>
    private static MergeTable? Merges(MergeList list, Dictionary<string, int> ids, Func<int, bool> isSign)
    {
        var known = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var table = new MergeTable(list.Count);
        var text = new char[256];
        for (var rank = 0; rank < list.Count; rank++)
        {
            var merge = list[rank];
            if (merge.Length > text.Length)
            {
                text = new char[2 * merge.Length];
            }

            var length = Encoding.UTF8.GetChars(merge, text);
            var space = text.AsSpan(1, Math.Max(0, length - 1)).IndexOf(' ') + 1;
            if (space == 0)
            {
                // The engine takes it for a merge of nothing with nothing.
                continue;
            }

            if (!known.TryGetValue(text.AsSpan(0, space), out var left) || !known.TryGetValue(text.AsSpan(space + 1, length - space - 1), out var right))
            {
                return null;
            }

            text.AsSpan(space + 1, length - space - 1).CopyTo(text.AsSpan(space));
            if (!known.TryGetValue(text.AsSpan(0, length - 1), out var merged))
            {
                return null;
            }

            // Some vocabularies have merges for what became a sign afterwards (Qwen's for "</s>").
            if (!isSign(merged))
            {
                table.Add(rank, left, right, merged);
            }
        }

        return table;
    }

    private void Word(ReadOnlySpan<char> word, Span<byte> bytes, Span<int> made, List<int> tokens)
    {
        var length = Encoding.UTF8.GetBytes(word, bytes);
        if (_wholeWords?.Find(bytes[..length]) is { } token)
        {
            tokens.Add(token);
            return;
        }

        for (var i = 0; i < length; i++)
        {
            made[i] = _bytes[bytes[i]];
        }

        tokens.AddRange(made[.._merges.Merge(made[..length])]);
    }
}
