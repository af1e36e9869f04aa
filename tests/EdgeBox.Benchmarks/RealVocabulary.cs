using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>The vocabulary of gpt-oss: the 199,998 pieces of o200k, and signs without pieces up to 201,088 tokens.</summary>
internal static class RealVocabulary
{
    private const int Return = 200_002;

    public static PieceTable Load()
    {
        var pieces = O200k.Pieces();
        return new PieceTable([.. pieces, .. Enumerable.Repeat<byte[]>([], O200k.Size - pieces.Length)], new HashSet<int> { Return });
    }
}
