using System.Globalization;

namespace EdgeBox.Testing.Gguf;

/// <summary>A byte-level BPE vocabulary: 256 bytes, a few merges, filler words and special tokens, up to any size.</summary>
/// <remarks>A vocabulary too small for all bytes has only the first ones: the engine drops the others from a prompt.</remarks>
public sealed class ByteLevelTokens
{
    private const int Normal = 1;
    private const int Control = 3;

    private static readonly (string Left, string Right)[] s_pairs =
        [("h", "e"), ("i", "n"), ("e", "r"), ("a", "n"), ("t", "he"), ("Ġ", "t"), ("Ġ", "the"), ("o", "n")];

    private readonly Dictionary<string, int> _ids = [];

    private ByteLevelTokens(IReadOnlyDictionary<int, string> specials, int size, int merges)
    {
        Merges = [.. s_pairs.Take(merges).Select(p => $"{p.Left} {p.Right}")];
        string[] words = [.. Enumerable.Range(0, 256).Select(b => ByteText((byte)b)), .. s_pairs.Take(merges).Select(p => p.Left + p.Right)];
        var tokens = new string[size];
        var types = new int[size];
        var next = 0;
        for (var id = 0; id < size; id++)
        {
            if (specials.TryGetValue(id, out var special))
            {
                (tokens[id], types[id]) = (special, Control);
            }
            else
            {
                tokens[id] = next < words.Length ? words[next] : "Ġw" + next.ToString(CultureInfo.InvariantCulture);
                types[id] = Normal;
                next++;
            }

            _ids[tokens[id]] = id;
        }

        (Tokens, Types) = (tokens, types);
    }

    /// <summary>The special tokens of the o200k_harmony vocabulary by their real number.</summary>
    public static IReadOnlyDictionary<int, string> HarmonySpecials { get; } = new Dictionary<int, string>
    {
        [199998] = "<|startoftext|>",
        [199999] = "<|endoftext|>",
        [200002] = "<|return|>",
        [200003] = "<|constrain|>",
        [200005] = "<|channel|>",
        [200006] = "<|start|>",
        [200007] = "<|end|>",
        [200008] = "<|message|>",
        [200012] = "<|call|>",
    };

    public IReadOnlyList<string> Tokens { get; }

    /// <summary>1 normal, 3 control; one for each token.</summary>
    public IReadOnlyList<int> Types { get; }

    public IReadOnlyList<string> Merges { get; }

    /// <summary>Tokens of gpt-oss; the specials have their real numbers from 200,013 tokens up and stand last below that.</summary>
    public static ByteLevelTokens Harmony(int size, int merges = 8)
    {
        var specials = size > 200012
            ? HarmonySpecials
            : HarmonySpecials.Values.Select((text, i) => (text, i)).ToDictionary(s => size - HarmonySpecials.Count + s.i, s => s.text);
        return Create(specials, size, merges);
    }

    /// <summary>Tokens whose last ones are specials in the order given.</summary>
    public static ByteLevelTokens With(IReadOnlyList<string> specials, int size, int merges = 8) =>
        Create(specials.Select((text, i) => (text, i)).ToDictionary(s => size - specials.Count + s.i, s => s.text), size, merges);

    /// <summary>The number of the token with exactly this text.</summary>
    public uint Id(string text) => (uint)_ids[text];

    /// <summary>The character that stands for a byte in GPT-2's byte-level vocabulary.</summary>
    public static string ByteText(byte value)
    {
        static bool Printable(int b) => b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
        return Printable(value)
            ? ((char)value).ToString()
            : ((char)(256 + Enumerable.Range(0, value).Count(b => !Printable(b)))).ToString();
    }

    /// <summary>Writes the tokenizer keys, without the numbers of special tokens.</summary>
    public void WriteTo(GgufWriter writer, string pre) => writer
        .SetString("tokenizer.ggml.model", "gpt2")
        .SetString("tokenizer.ggml.pre", pre)
        .SetStringArray("tokenizer.ggml.tokens", Tokens)
        .SetInt32Array("tokenizer.ggml.token_type", Types)
        .SetStringArray("tokenizer.ggml.merges", Merges);

    private static ByteLevelTokens Create(IReadOnlyDictionary<int, string> specials, int size, int merges) =>
        size > specials.Count
            ? new(specials, size, merges)
            : throw new ArgumentOutOfRangeException(nameof(size), size, $"more than {specials.Count} tokens are needed");
}
