using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using GgmlNative = EdgeBox.Worker.Llama.Ggml.NativeMethods;

namespace EdgeBox.Worker.Llama;

/// <summary>The merges of a model's file (tokenizer.ggml.merges): the engine reads them and tells nobody.</summary>
internal sealed unsafe class MergeList : SafeHandleZeroOrMinusOneIsInvalid
{
    private long _key;

    private MergeList(nint file)
        : base(ownsHandle: true) => SetHandle(file);

    public int Count { get; private set; }

    /// <summary>The two texts of a merge and a space between them, until the list is closed.</summary>
    public ReadOnlySpan<byte> this[int rank]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Count);
            return MemoryMarshal.CreateReadOnlySpanFromNullTerminated(GgmlNative.gguf_get_arr_str(this, _key, (nuint)rank));
        }
    }

    /// <summary>Reads the merges of a file; null if it has none.</summary>
    /// <param name="path">The file, or the first part of a split one.</param>
    public static MergeList? Open(string path)
    {
        MergeList list;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            list = new MergeList(GgmlNative.gguf_init_from_file(name, new gguf_init_params { no_alloc = true }));
        }

        if (list.IsInvalid || !list.Find())
        {
            list.Dispose();
            return null;
        }

        return list;
    }

    protected override bool ReleaseHandle()
    {
        GgmlNative.gguf_free(handle);
        return true;
    }

    private bool Find()
    {
        fixed (byte* name = "tokenizer.ggml.merges\0"u8)
        {
            _key = GgmlNative.gguf_find_key(this, name);
        }

        if (_key < 0
            || GgmlNative.gguf_get_kv_type(this, _key) != GgmlNative.GGUF_TYPE_ARRAY
            || GgmlNative.gguf_get_arr_type(this, _key) != GgmlNative.GGUF_TYPE_STRING)
        {
            return false;
        }

        Count = checked((int)GgmlNative.gguf_get_arr_n(this, _key));
        return true;
    }
}
