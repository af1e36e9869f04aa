using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>What a model needs in main memory, and what the machine has.</summary>
/// <param name="WeightBytes">Tensors of the file.</param>
/// <param name="CacheBytes">KV cache of all slots.</param>
/// <param name="OverheadBytes">Compute buffers, vocabulary and the worker itself: an allowance, not a measurement.</param>
/// <param name="AvailableBytes">What the kernel says can be had without swapping.</param>
internal sealed record MemoryPlan(long WeightBytes, long CacheBytes, long OverheadBytes, long AvailableBytes)
{
    private const long BytesOfHalf = 2;
    private const long BaseOverhead = 256L << 20;

    // What is left over is other programs' too, and other models'.
    private const long PartForKept = 8;

    /// <summary>All that is needed.</summary>
    public long NeededBytes => WeightBytes + CacheBytes + OverheadBytes;

    /// <summary>What texts may take that are kept in case they come again: no more than those of a full cache, and a part of what is left over.</summary>
    public long KeptBytes => Math.Clamp((AvailableBytes - NeededBytes) / PartForKept, 0, CacheBytes);

    /// <summary>Plans for a model whose layers all keep the whole context; sliding-window layers need less, never more.</summary>
    /// <param name="weightBytes">Tensors of the file.</param>
    /// <param name="layers">Blocks.</param>
    /// <param name="headsKv">Key and value heads of a block.</param>
    /// <param name="keyAndValueLength">Numbers of a key plus those of a value.</param>
    /// <param name="tokens">Context of all slots together.</param>
    /// <param name="availableBytes">What can be had.</param>
    public static MemoryPlan For(long weightBytes, long layers, long headsKv, long keyAndValueLength, long tokens, long availableBytes) =>
        new(weightBytes, checked(layers * headsKv * keyAndValueLength * BytesOfHalf * tokens), BaseOverhead + (weightBytes / 50), availableBytes);

    /// <summary>What can be had of main memory without swapping.</summary>
    public static long ReadAvailable() => ReadKey("MemAvailable:");

    /// <summary>A line of /proc/meminfo, in bytes.</summary>
    public static long ReadKey(string key)
    {
        var line = File.ReadLines("/proc/meminfo").First(text => text.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Refuses what cannot fit, with the numbers.</summary>
    /// <exception cref="FailureException">MODEL_TOO_LARGE.</exception>
    public void Check(string model)
    {
        if (NeededBytes > AvailableBytes)
        {
            throw new FailureException(ErrorReason.ModelTooLarge,
                $"{model} needs about {Words(NeededBytes)} ({Words(WeightBytes)} weights, {Words(CacheBytes)} cache, {Words(OverheadBytes)} work space); "
                + $"the machine has {Words(AvailableBytes)} to give. Take a smaller model or quantisation, fewer slots, or a shorter context.",
                ("model", model),
                ("needed_bytes", NeededBytes.ToString(CultureInfo.InvariantCulture)),
                ("available_bytes", AvailableBytes.ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>A size for people: "13.4 GiB".</summary>
    public static string Words(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}
