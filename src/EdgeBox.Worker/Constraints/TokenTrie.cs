using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Constraints;

/// <summary>Tokens by their bytes: a tree in arrays, each node before its children. Node 0 is the root.</summary>
internal sealed class TokenTrie
{
    /// <summary>No token ends at a node.</summary>
    public const int None = -1;

    /// <summary>Tokens with the bytes of another one, by the first one.</summary>
    private readonly Dictionary<int, int[]> _twins = [];

    /// <param name="pieces">The bytes of all tokens.</param>
    /// <param name="chosen">Which tokens to take.</param>
    public TokenTrie(PieceTable pieces, Func<int, bool> chosen)
    {
        var tokens = Enumerable.Range(0, pieces.Count).Where(chosen).ToArray();
        Array.Sort(tokens, (one, other) => pieces[one].SequenceCompareTo(pieces[other]) is var order and not 0 ? order : one.CompareTo(other));
        Longest = tokens.Length == 0 ? 0 : tokens.Max(token => pieces[token].Length);

        var count = 1;
        for (var i = 0; i < tokens.Length; i++)
        {
            count += pieces[tokens[i]].Length - (i == 0 ? 0 : pieces[tokens[i]].CommonPrefixLength(pieces[tokens[i - 1]]));
        }

        (Bytes, Depths, Ends, Tokens) = (new byte[count], new int[count], new int[count], new int[count]);
        Tokens[0] = None;
        Fill(pieces, tokens);
    }

    /// <summary>Bytes of the longest token.</summary>
    public int Longest { get; }

    /// <summary>The byte that leads to each node.</summary>
    public byte[] Bytes { get; }

    /// <summary>Bytes from the root to each node.</summary>
    public int[] Depths { get; }

    /// <summary>The first node behind each node and all below it.</summary>
    public int[] Ends { get; }

    /// <summary>The token that ends at each node.</summary>
    public int[] Tokens { get; }

    /// <summary>Bytes of memory.</summary>
    public long Memory => Bytes.LongLength * (1 + 4 + 4 + 4);

    /// <summary>Other tokens with the same bytes; most have none.</summary>
    public ReadOnlySpan<int> TwinsOf(int token) => _twins.Count > 0 && _twins.TryGetValue(token, out var twins) ? twins : [];

    private void Fill(PieceTable pieces, int[] tokens)
    {
        // The nodes from the root to the token that was put in last.
        var path = new int[Longest + 1];
        var (depth, next) = (0, 1);
        for (var i = 0; i < tokens.Length; i++)
        {
            var piece = pieces[tokens[i]];
            var common = i == 0 ? 0 : piece.CommonPrefixLength(pieces[tokens[i - 1]]);
            if (i > 0 && common == piece.Length)
            {
                AddTwin(Tokens[path[common]], tokens[i]);
                continue;
            }

            for (; depth > common; depth--)
            {
                Ends[path[depth]] = next;
            }

            for (; depth < piece.Length; next++)
            {
                path[++depth] = next;
                (Bytes[next], Depths[next], Tokens[next]) = (piece[depth - 1], depth, None);
            }

            Tokens[next - 1] = tokens[i];
        }

        for (; depth >= 0; depth--)
        {
            Ends[path[depth]] = next;
        }
    }

    private void AddTwin(int token, int twin) => _twins[token] = [.. _twins.GetValueOrDefault(token, []), twin];
}
