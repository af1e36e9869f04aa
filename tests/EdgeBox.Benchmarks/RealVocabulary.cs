using System.IO.Compression;
using System.Reflection;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>The vocabulary of gpt-oss: the 199,998 pieces of o200k, and signs without pieces up to 201,088 tokens.</summary>
internal static class RealVocabulary
{
    private const int Count = 199_998;
    private const int Size = 201_088;
    private const int Return = 200_002;

    public static PieceTable Load()
    {
        // The package has no public type: its data is a resource. Behind a first line each piece has a line, in base64.
        var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.O200kBase");
        var name = data.GetManifestResourceNames().Single(resource => resource.Contains("o200k", StringComparison.Ordinal));
        using var reader = new StreamReader(new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress));
        reader.ReadLine();
        var pieces = new byte[Size][];
        Array.Fill(pieces, []);
        var count = 0;
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            pieces[count++] = Convert.FromBase64String(line);
        }

        if (count != Count)
        {
            throw new InvalidOperationException($"The package has {count} pieces; {Count} were expected.");
        }

        return new PieceTable(pieces, new HashSet<int> { Return });
    }
}
