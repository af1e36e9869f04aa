using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Text;

namespace EdgeBox.Trust.Gguf;

/// <summary>What the vocabulary checks need of the tokenizer's arrays, gathered while they are read; no text is kept.</summary>
internal sealed class GgufTokens
{
    public const string TokensKey = "tokenizer.ggml.tokens";
    public const string TypesKey = "tokenizer.ggml.token_type";
    public const string ScoresKey = "tokenizer.ggml.scores";
    public const string MergesKey = "tokenizer.ggml.merges";

    // A model whose general.name mentions Phi-3 has the attributes of these four changed by name.
    private static readonly string[] s_phi3 = ["</s>", "<unk>", "<s>", "<|endoftext|>"];

    private readonly List<ulong> _hashes = [];
    private readonly BitArray _spelt = new(256);
    private readonly BitArray _phi3 = new(s_phi3.Length);
    private readonly List<bool> _isByteForm = [];
    private sbyte[] _types = [];

    /// <summary>Tokens of the list.</summary>
    public int Count => _hashes.Count;

    /// <summary>The first merge that has no space after its first character.</summary>
    public int? BadMerge { get; private set; }

    /// <summary>The first score that is not a finite number.</summary>
    public int? BadScore { get; private set; }

    /// <summary>The first type that is not 0 to 6.</summary>
    public int? BadType { get; private set; }

    /// <summary>A byte that no token spells, as a byte token or as a character.</summary>
    public int? MissingByte => FirstUnset(_spelt);

    /// <summary>A token that a model called Phi-3 needs and that is not there.</summary>
    public string? MissingPhi3 => FirstUnset(_phi3) is { } i ? s_phi3[i] : null;

    /// <summary>The first token of type byte whose text is not the form &lt;0x0A&gt;.</summary>
    public int? MisspeltByteToken => FirstByteToken(spelt: false);

    /// <summary>The first token of type byte.</summary>
    public int? ByteToken => FirstByteToken(spelt: true) ?? FirstByteToken(spelt: false);

    /// <summary>Whether two tokens have the same text, as the engine reads it.</summary>
    public bool HasDuplicate()
    {
        var sorted = _hashes.ToArray();
        Array.Sort(sorted);
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
            {
                return true;
            }
        }

        return false;
    }

    public void AddToken(int id, ReadOnlySpan<byte> text)
    {
        // The engine reads tokens as C strings, and gives those that are then empty a name.
        var end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        if (text.IsEmpty)
        {
            text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[EMPTY_{id}]"));
        }

        _hashes.Add(Hash(text));
        var value = ByteForm(text);
        _isByteForm.Add(value >= 0);
        if (value >= 0)
        {
            _spelt[value] = true;
        }
        else if (text.Length == 1)
        {
            _spelt[text[0]] = true;
        }

        for (var i = 0; i < s_phi3.Length; i++)
        {
            _phi3[i] = _phi3[i] || (text.Length == s_phi3[i].Length && Ascii.Equals(text, s_phi3[i]));
        }
    }

    public void AddMerge(int index, ReadOnlySpan<byte> merge)
    {
        if (BadMerge is null && (merge.Length < 3 || merge[1..^1].IndexOf((byte)' ') < 0))
        {
            BadMerge = index;
        }
    }

    /// <summary>Takes the bytes of an array of Int32 that begins at an index.</summary>
    public void AddTypes(int index, int count, ReadOnlySpan<byte> values)
    {
        if (index == 0)
        {
            _types = new sbyte[count];
        }

        for (var i = 0; i < values.Length / 4; i++)
        {
            var type = BinaryPrimitives.ReadInt32LittleEndian(values[(4 * i)..]);
            if (type is < 0 or > 6)
            {
                BadType ??= index + i;
                continue;
            }

            _types[index + i] = (sbyte)type;
        }
    }

    /// <summary>Takes the bytes of an array of Float32 that begins at an index.</summary>
    public void AddScores(int index, ReadOnlySpan<byte> values)
    {
        for (var i = 0; i < values.Length / 4 && BadScore is null; i++)
        {
            if (!float.IsFinite(BinaryPrimitives.ReadSingleLittleEndian(values[(4 * i)..])))
            {
                BadScore = index + i;
            }
        }
    }

    private int? FirstByteToken(bool spelt)
    {
        for (var id = 0; id < Math.Min(_types.Length, _isByteForm.Count); id++)
        {
            if (_types[id] == 6 && _isByteForm[id] == spelt)
            {
                return id;
            }
        }

        return null;
    }

    private static int? FirstUnset(BitArray bits)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            if (!bits[i])
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>The byte that a text of the form &lt;0x0A&gt; stands for, or -1.</summary>
    private static int ByteForm(ReadOnlySpan<byte> text)
    {
        if (text.Length != 6 || !text.StartsWith("<0x"u8) || text[5] != '>')
        {
            return -1;
        }

        return Digit(text[3]) is >= 0 and var high && Digit(text[4]) is >= 0 and var low ? (16 * high) + low : -1;
    }

    /// <summary>The value of an upper-case hexadecimal digit, or -1; the engine looks for no other.</summary>
    private static int Digit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => -1,
    };

    /// <summary>FNV-1a; equal texts have equal hashes, and a collision that someone makes on purpose refuses only that file.</summary>
    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037ul;
        foreach (var b in text)
        {
            hash = (hash ^ b) * 1099511628211ul;
        }

        return hash;
    }
}
