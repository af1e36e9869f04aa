using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeBox.Worker.Constraints;

/// <summary>A set of tokens: a list while there are few, bits when there are many. It does not change.</summary>
internal sealed class TokenSet
{
    private const int BitsOfWord = 64;

    private readonly ulong[]? _bits;
    private readonly int[] _tokens;

    private TokenSet(ulong[]? bits, int[] tokens, int count) => (_bits, _tokens, Count) = (bits, tokens, count);

    public int Count { get; }

    /// <summary>Bytes of memory, about.</summary>
    public long Bytes => 64 + (8L * (_bits?.Length ?? 0)) + (4L * _tokens.Length);

    /// <summary>Room for the bits of a vocabulary.</summary>
    public static ulong[] Room(int vocabularySize) => new ulong[(vocabularySize + BitsOfWord - 1) / BitsOfWord];

    public static void Add(Span<ulong> bits, int token) => bits[token / BitsOfWord] |= 1UL << (token % BitsOfWord);

    /// <summary>The set of the bits that are one; the bits belong to the set from now on.</summary>
    public static TokenSet Of(ulong[] bits)
    {
        var count = 0;
        foreach (var word in bits)
        {
            count += BitOperations.PopCount(word);
        }

        // A list of tokens is smaller and quicker up to here.
        if (count > bits.Length / 2)
        {
            return new(bits, [], count);
        }

        var tokens = new int[count];
        var next = 0;
        for (var i = 0; i < bits.Length; i++)
        {
            for (var word = bits[i]; word != 0; word &= word - 1)
            {
                tokens[next++] = (i * BitsOfWord) + BitOperations.TrailingZeroCount(word);
            }
        }

        return new(null, tokens, count);
    }

    public bool Contains(int token) =>
        _bits is null ? Array.BinarySearch(_tokens, token) >= 0 : (_bits[token / BitsOfWord] & (1UL << (token % BitsOfWord))) != 0;

    /// <summary>This set and some further tokens.</summary>
    public TokenSet With(List<int> further, int vocabularySize)
    {
        var bits = Room(vocabularySize);
        _bits?.CopyTo(bits, 0);
        foreach (var token in _tokens)
        {
            Add(bits, token);
        }

        foreach (var token in further)
        {
            Add(bits, token);
        }

        return Of(bits);
    }

    /// <summary>Sets the logits of all other tokens to minus infinity.</summary>
    /// <param name="logits">One for each token.</param>
    /// <param name="further">Tokens that keep theirs too, those of the set first.</param>
    /// <param name="kept">Room for the logits of the tokens of a list and the further ones.</param>
    public void Apply(Span<float> logits, ReadOnlySpan<int> further, List<float> kept)
    {
        kept.Clear();
        Gather(logits, _tokens, kept);
        Gather(logits, further, kept);
        if (_bits is null)
        {
            logits.Fill(float.NegativeInfinity);
        }
        else
        {
            Blend(logits, _bits);
        }

        var values = CollectionsMarshal.AsSpan(kept);
        Scatter(logits, _tokens, values);
        Scatter(logits, further, values[_tokens.Length..]);
    }

    private static void Gather(Span<float> logits, ReadOnlySpan<int> tokens, List<float> kept)
    {
        foreach (var token in tokens)
        {
            kept.Add(logits[token]);
        }
    }

    private static void Scatter(Span<float> logits, ReadOnlySpan<int> tokens, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            logits[tokens[i]] = values[i];
        }
    }

    /// <summary>Takes the logits where the bit is zero, 64 at a time; eight of them are chosen by the bits of a byte.</summary>
    private static void Blend(Span<float> logits, ulong[] bits)
    {
        var none = Vector256.Create(float.NegativeInfinity);
        var lanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        for (var i = 0; i < bits.Length; i++)
        {
            var part = logits[(i * BitsOfWord)..Math.Min(logits.Length, (i + 1) * BitsOfWord)];
            var word = bits[i];
            if (word == ulong.MaxValue)
            {
                continue;
            }

            var blocks = MemoryMarshal.Cast<float, Vector256<float>>(part);
            for (var block = 0; block < blocks.Length; block++)
            {
                var chosen = Vector256.Equals(Vector256.Create((int)(word >> (8 * block)) & 0xFF) & lanes, lanes);
                blocks[block] = Vector256.ConditionalSelect(chosen.AsSingle(), blocks[block], none);
            }

            for (var rest = blocks.Length * Vector256<float>.Count; rest < part.Length; rest++)
            {
                part[rest] = (word & (1UL << rest)) != 0 ? part[rest] : float.NegativeInfinity;
            }
        }
    }
}
