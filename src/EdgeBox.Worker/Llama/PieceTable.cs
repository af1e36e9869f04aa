using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Llama;

/// <summary>The bytes that each token of a vocabulary shows in an answer: special ones show nothing.</summary>
internal sealed class PieceTable
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly bool[] _endsGeneration;

    public PieceTable(Vocabulary vocabulary)
    {
        var bytes = new List<byte>(vocabulary.Count * 6);
        _ends = new int[vocabulary.Count];
        _endsGeneration = new bool[vocabulary.Count];
        var buffer = new byte[256];
        for (var token = 0; token < vocabulary.Count; token++)
        {
            _endsGeneration[token] = vocabulary.EndsGeneration(token);
            if (!Hidden(vocabulary, token))
            {
                bytes.AddRange(vocabulary.Piece(token, ref buffer, special: false));
            }

            _ends[token] = bytes.Count;
        }

        _bytes = [.. CollectionsMarshal.AsSpan(bytes)];
    }

    /// <summary>A table of pieces that are known already.</summary>
    public PieceTable(IReadOnlyList<byte[]> pieces, IReadOnlySet<int> endsGeneration)
    {
        _bytes = [.. pieces.SelectMany(piece => piece)];
        _ends = new int[pieces.Count];
        _endsGeneration = [.. Enumerable.Range(0, pieces.Count).Select(endsGeneration.Contains)];
        for (var (token, end) = (0, 0); token < pieces.Count; token++)
        {
            _ends[token] = end += pieces[token].Length;
        }
    }

    /// <summary>Tokens of the vocabulary.</summary>
    public int Count => _ends.Length;

    public ReadOnlySpan<byte> this[int token]
    {
        get
        {
            var start = token == 0 ? 0 : _ends[token - 1];
            return _bytes.AsSpan(start, _ends[token] - start);
        }
    }

    public bool EndsGeneration(int token) => _endsGeneration[token];

    /// <summary>Tells each token whose bytes hold a text.</summary>
    public void Find(ReadOnlySpan<byte> text, Action<int> found)
    {
        var from = 0;
        while (!text.IsEmpty && _bytes.AsSpan(from).IndexOf(text) is var offset and >= 0)
        {
            // The token whose bytes go on beyond the place; those that have none end at it.
            var place = from + offset;
            var token = Array.BinarySearch(_ends, place + 1);
            token = token < 0 ? ~token : token;
            while (token > 0 && _ends[token - 1] > place)
            {
                token--;
            }

            from = place + 1;
            if (place + text.Length <= _ends[token])
            {
                found(token);
                from = _ends[token];
            }
        }
    }

    /// <summary>Whether a token is a sign to the model and not text.</summary>
    /// <remarks>
    /// The engine makes the signs of harmony "user defined" and prints them even when special tokens are not wanted
    /// (src/llama-vocab.cpp of v0.5.0), so they are known by their looks.
    /// </remarks>
    private static bool Hidden(Vocabulary vocabulary, int token)
    {
        var attributes = vocabulary.Attributes(token);
        return attributes.HasFlag(TokenAttributes.Control)
            || attributes.HasFlag(TokenAttributes.Unknown)
            || vocabulary.EndsGeneration(token)
            || (attributes.HasFlag(TokenAttributes.UserDefined) && vocabulary.RawText(token) is ['<', '|', .., '|', '>']);
    }
}
