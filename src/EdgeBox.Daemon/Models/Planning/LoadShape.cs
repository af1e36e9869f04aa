using EdgeBox.Trust.Gguf;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>How a model is loaded, with what was left to the box filled in.</summary>
/// <param name="ContextTokens">Context of one slot.</param>
/// <param name="Slots">Requests at once.</param>
/// <param name="Threads">Processor threads.</param>
/// <param name="CacheTokens">Tokens of all requests together.</param>
internal sealed record LoadShape(uint ContextTokens, uint Slots, uint Threads, uint CacheTokens)
{
    /// <summary>The most slots that a worker has.</summary>
    public const uint MostSlots = 64;

    private const uint DefaultSlots = 4;
    private const uint DefaultContext = 8192;
    private const uint PrefillChunk = 256;

    /// <summary>Fills in what was left to the box.</summary>
    public static LoadShape Of(GgufSummary summary, LoadOptions asked)
    {
        var context = Math.Min((uint)summary.ContextLength, asked.ContextTokens == 0 ? DefaultContext : asked.ContextTokens);
        var slots = asked.Slots == 0 ? DefaultSlots : asked.Slots;
        return new LoadShape(
            context,
            slots,
            asked.Threads == 0 ? (uint)Math.Max(1, Environment.ProcessorCount - 1) : asked.Threads,
            CacheOf(context, slots, asked.CacheTokens));
    }

    /// <summary>The same with another context or number of slots.</summary>
    public LoadShape With(uint context, uint slots, LoadOptions asked) =>
        this with { ContextTokens = context, Slots = slots, CacheTokens = CacheOf(context, slots, asked.CacheTokens) };

    /// <summary>The command by which a worker loads a model so.</summary>
    /// <param name="files">How many files it has.</param>
    /// <param name="keptBytes">What texts may take that are kept in case they come again.</param>
    public Wire.Load Command(int files, long keptBytes) => new()
    {
        Paths = { Enumerable.Range(0, files).Select(Workers.WorkerSandbox.PathOfFile) },
        ContextTokens = ContextTokens,
        Slots = Slots,
        Threads = Threads,
        GpuLayers = -1,
        PrefillChunk = PrefillChunk,
        Cells = CacheTokens,
        KeptBytes = (ulong)keptBytes,
    };

    /// <summary>As the public contract tells it.</summary>
    public LoadOptions ToOptions(LoadOptions asked)
    {
        var options = asked.Clone();
        (options.ContextTokens, options.Slots, options.Threads, options.CacheTokens) = (ContextTokens, Slots, Threads, CacheTokens);
        return options;
    }

    /// <summary>No fewer than one request may need, no more than all slots may.</summary>
    private static uint CacheOf(uint context, uint slots, uint asked)
    {
        var all = Math.Min((long)context * slots, int.MaxValue);
        return (uint)(asked == 0 ? all : Math.Clamp(asked, Math.Min(context, all), all));
    }
}
