using System.Buffers.Binary;
using System.Text;
using EdgeBox.Trust.Gguf;

namespace EdgeBox.Testing.Gguf;

/// <summary>A model file with one fault, and what the validator must say of it.</summary>
/// <param name="Name">What is wrong, as a file name.</param>
/// <param name="Make">Makes the file's bytes.</param>
/// <param name="Problem">The kind of fault.</param>
/// <param name="Key">The key that must be named, if one is at fault.</param>
/// <param name="Tensor">The tensor that must be named, if one is at fault.</param>
public sealed record MalformedModel(string Name, Func<byte[]> Make, GgufProblem Problem, string? Key = null, string? Tensor = null)
{
    public override string ToString() => Name;
}

/// <summary>Model files of which each has one fault; most abort or mislead the engine when it opens them.</summary>
public static partial class MalformedModels
{
    public static IReadOnlyList<MalformedModel> All { get; } =
        [.. Headers(), .. Values(), .. TensorTable(), .. Numbers(), .. Vocabularies(), .. Shapes(), .. Missing()];

    public static GgufWriter GptOss() => RandomModels.GptOss(new GptOssShape { Layers = 2, Embedding = 64, Experts = 4 });

    public static GgufWriter Llama() => RandomModels.Llama(new LlamaShape { Layers = 1, Embedding = 32, Heads = 4, KvHeads = 2, FeedForward = 32 });

    private static MalformedModel Of(
        string name, Func<GgufWriter> model, Action<GgufWriter> change, GgufProblem problem, string? key = null, string? tensor = null) =>
        new(name, () => Changed(model, change), problem, key, tensor);

    private static MalformedModel Patched(string name, Func<byte[], byte[]> change, GgufProblem problem, string? key = null, string? tensor = null) =>
        new(name, () => change(Llama().ToArray()), problem, key, tensor);

    private static byte[] Changed(Func<GgufWriter> model, Action<GgufWriter> change)
    {
        var writer = model();
        change(writer);
        return writer.ToArray();
    }

    private static byte[] Put(byte[] file, int at, ulong value, int bytes = 8)
    {
        for (var i = 0; i < bytes; i++)
        {
            file[at + i] = (byte)(value >> (8 * i));
        }

        return file;
    }

    private static int Find(byte[] file, string text, int skip = 0) =>
        file.AsSpan(skip).IndexOf(Encoding.UTF8.GetBytes(text)) is >= 0 and var at ? at + skip : throw new ArgumentException($"no {text}");

    /// <summary>Where the value of a key begins, after its type.</summary>
    private static int ValueOf(byte[] file, string key) => Find(file, key) + Encoding.UTF8.GetByteCount(key) + 4;

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
