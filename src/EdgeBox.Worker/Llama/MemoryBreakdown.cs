using System.Runtime.InteropServices;
using GgmlNative = EdgeBox.Worker.Llama.Ggml.NativeMethods;

namespace EdgeBox.Worker.Llama;

/// <summary>std::map of buffer types, as libstdc++ lays it out on 64-bit machines: a red-black tree.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BreakdownMap
{
    public nint compare;
    public int color;
    public BreakdownNode* root;
    public BreakdownNode* leftmost;
    public BreakdownNode* rightmost;
    public nuint count;
}

/// <summary>A node of <see cref="BreakdownMap"/> with its pair of ggml_backend_buffer_type_t and llama_memory_breakdown_data.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BreakdownNode
{
    public int color;
    public BreakdownNode* parent;
    public BreakdownNode* left;
    public BreakdownNode* right;
    public nint bufferType;
    public nuint model;
    public nuint context;
    public nuint compute;
}

/// <summary>What a context and its model take of one memory.</summary>
/// <param name="Device">"host", or the engine's name of the device.</param>
/// <param name="Weights">Bytes of weights.</param>
/// <param name="Cache">Bytes of the KV cache.</param>
/// <param name="Compute">Bytes of work space.</param>
/// <param name="Total">Bytes that the device has; 0 for main memory.</param>
/// <param name="Free">Bytes that are free of it; 0 for main memory.</param>
internal sealed record MemoryShare(string Device, ulong Weights, ulong Cache, ulong Compute, ulong Total, ulong Free);

/// <summary>Reads what the engine says that a context takes; one whose model was opened without weights as well as any other.</summary>
/// <remarks>
/// The engine tells it through C++ only. The packs are pinned byte for byte, so what holds for the layout of one map holds until they are
/// changed, and a test compares the numbers with what a real context takes. The map's nodes are left behind: few bytes, in a process
/// that plans and ends.
/// </remarks>
internal static unsafe class MemoryBreakdown
{
    /// <summary>Main memory among the devices.</summary>
    public const string Host = "host";

    private const int MostBuffers = 256;

    /// <summary>What a context and its model take, device by device.</summary>
    /// <exception cref="EngineException">The engine's answer makes no sense.</exception>
    public static IReadOnlyList<MemoryShare> Of(ContextHandle context)
    {
        BreakdownMap map = default;
        NativeMethods.llama_get_memory_breakdown(&map, context);
        var shares = new Dictionary<string, MemoryShare>();
        var visited = 0;
        Visit(map.root, shares, ref visited);
        return (nuint)visited == map.count ? [.. shares.Values] : throw Nonsense();
    }

    private static void Visit(BreakdownNode* node, Dictionary<string, MemoryShare> shares, ref int visited)
    {
        if (node is null)
        {
            return;
        }

        if (++visited > MostBuffers)
        {
            throw Nonsense();
        }

        Visit(node->left, shares, ref visited);
        var share = ShareOf(node);
        shares[share.Device] = shares.TryGetValue(share.Device, out var before)
            ? before with { Weights = before.Weights + share.Weights, Cache = before.Cache + share.Cache, Compute = before.Compute + share.Compute }
            : share;
        Visit(node->right, shares, ref visited);
    }

    private static MemoryShare ShareOf(BreakdownNode* node)
    {
        var device = GgmlNative.ggml_backend_buft_get_device(node->bufferType);
        // Buffers that the host fills for a device are in main memory; repacked weights are too, though the host cannot read them.
        if (device == 0 || GgmlNative.ggml_backend_buft_is_host(node->bufferType)
            || GgmlNative.ggml_backend_dev_type(device) == GgmlNative.GGML_BACKEND_DEVICE_TYPE_CPU)
        {
            return new MemoryShare(Host, node->model, node->context, node->compute, 0, 0);
        }

        nuint free, total;
        GgmlNative.ggml_backend_dev_memory(device, &free, &total);
        var name = Marshal.PtrToStringUTF8((nint)GgmlNative.ggml_backend_dev_name(device)) ?? "";
        return new MemoryShare(name, node->model, node->context, node->compute, total, free);
    }

    private static EngineException Nonsense() => new("the engine's account of its memory makes no sense");
}
