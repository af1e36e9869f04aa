using System.Globalization;
using EdgeBox.Testing.Gguf;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>The shape of gpt-oss-20b, or of less of it where there is no GPU to hold it.</summary>
/// <remarks>EDGEBOX_BENCH_GPU_SHAPE=LAYERSxEXPERTSxTOKENS makes it smaller, and has it measured on a machine without a GPU too: a rehearsal.</remarks>
internal static class GpuShape
{
    private const string Variable = "EDGEBOX_BENCH_GPU_SHAPE";
    private const double BytesOfQ80 = 34.0 / 32;
    private const double BytesOfMxfp4 = 17.0 / 32;

    private static readonly GptOssShape s_whole = new()
    {
        Layers = 24, Embedding = 2880, Heads = 64, KvHeads = 8, HeadSize = 64, Experts = 32, ExpertsUsed = 4, FeedForward = 2880,
        Vocabulary = 201_088, Context = 131_072, Name = "random gpt-oss-20b",
    };

    /// <summary>Whether this is a rehearsal.</summary>
    public static bool IsRehearsal => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>What is measured.</summary>
    public static GptOssShape Current { get; } = IsRehearsal ? Smaller(Environment.GetEnvironmentVariable(Variable)!) : s_whole;

    /// <summary>What it is, for the table.</summary>
    public static string About => $"random gpt-oss, {Current.Vocabulary} entries, {Current.Layers} layers of 2880, {Current.Experts} experts";

    /// <summary>Bytes of weights that are read for one token: four experts, the other matrices and the output matrix.</summary>
    public static double BytesOfToken
    {
        get
        {
            var s = Current;
            var experts = 3.0 * s.ExpertsUsed * s.Embedding * s.FeedForward * BytesOfMxfp4;
            var attention = 2.0 * s.Embedding * s.HeadSize * (s.Heads + s.KvHeads) * BytesOfQ80;
            var router = 4.0 * s.Embedding * s.Experts;
            return (s.Layers * (experts + attention + router)) + ((double)s.Embedding * s.Vocabulary * BytesOfQ80);
        }
    }

    private static GptOssShape Smaller(string text)
    {
        int[] extents = [.. text.Split('x').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return s_whole with { Layers = extents[0], Experts = extents[1], Vocabulary = extents[2] };
    }
}
