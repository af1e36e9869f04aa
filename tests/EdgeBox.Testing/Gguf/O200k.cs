using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace EdgeBox.Testing.Gguf;

/// <summary>The real vocabulary of gpt-oss: the 199,998 pieces of o200k, and signs up to 201,088 tokens.</summary>
/// <remarks>The pieces come in the package Microsoft.ML.Tokenizers.Data.O200kBase, which a project that uses this refers to.</remarks>
public static class O200k
{
    public const int Size = 201_088;

    private const int Count = 199_998;
    private const int Normal = 1;
    private const int Control = 3;

    private static readonly string[] s_bytes = [.. Enumerable.Range(0, 256).Select(value => ByteLevelTokens.ByteText((byte)value))];

    /// <summary>The bytes of all tokens that are text, by their numbers.</summary>
    public static byte[][] Pieces()
    {
        // The package has no public type: its data is a resource. Behind a first line each piece has a line, in base64.
        var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.O200kBase");
        var name = data.GetManifestResourceNames().Single(resource => resource.Contains("o200k", StringComparison.Ordinal));
        using var reader = new StreamReader(new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress));
        reader.ReadLine();
        var pieces = new List<byte[]>(Count);
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            pieces.Add(Convert.FromBase64String(line));
        }

        return pieces.Count == Count ? [.. pieces] : throw new InvalidOperationException($"The package has {pieces.Count} pieces; {Count} were expected.");
    }

    /// <summary>Sets the tokenizer keys of a file as converters of gpt-oss do.</summary>
    public static GgufWriter WriteTo(GgufWriter writer, string pre)
    {
        var texts = Pieces().Select(Text).ToArray();
        var tokens = Enumerable.Range(0, Size)
            .Select(id => id < Count ? texts[id] : ByteLevelTokens.HarmonySpecials.GetValueOrDefault(id, $"<|reserved_{id}|>"));
        return writer
            .SetString("tokenizer.ggml.model", "gpt2")
            .SetString("tokenizer.ggml.pre", pre)
            .SetStringArray("tokenizer.ggml.tokens", [.. tokens])
            .SetInt32Array("tokenizer.ggml.token_type", [.. Enumerable.Range(0, Size).Select(id => id < Count ? Normal : Control)])
            .SetStringArray("tokenizer.ggml.merges", Merges(texts))
            .SetUInt32("tokenizer.ggml.bos_token_id", 199998)
            .SetUInt32("tokenizer.ggml.eos_token_id", 200002);
    }

    /// <summary>The merges that the ranks of pieces stand for: every two pieces that make a third, in the order of the third.</summary>
    private static List<string> Merges(string[] texts)
    {
        var ranks = new Dictionary<string, int>(texts.Select((text, rank) => KeyValuePair.Create(text, rank)), StringComparer.Ordinal);
        var known = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<string>(500_000);
        var splits = new List<(int Left, int Right)>();
        foreach (var text in texts)
        {
            splits.Clear();
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (known.TryGetValue(text.AsSpan(0, cut), out var left) && known.TryGetValue(text.AsSpan(cut), out var right))
                {
                    splits.Add((left, right));
                }
            }

            splits.Sort();
            merges.AddRange(splits.Select(split => $"{texts[split.Left]} {texts[split.Right]}"));
        }

        return merges;
    }

    private static string Text(byte[] piece)
    {
        var text = new StringBuilder(piece.Length);
        foreach (var value in piece)
        {
            text.Append(s_bytes[value]);
        }

        return text.ToString();
    }
}
