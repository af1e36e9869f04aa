using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Llama.Ggml;

/// <summary>The functions of libggml and libggml-base that the worker calls, with their C names (ggml-backend.h, gguf.h).</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "libggml.v0.5.0.so";
    internal const string BaseLibrary = "libggml-base.so";

    internal const int GGML_BACKEND_DEVICE_TYPE_CPU = 0;
    internal const int GGML_BACKEND_DEVICE_TYPE_GPU = 1;
    internal const int GGML_BACKEND_DEVICE_TYPE_IGPU = 2;
    internal const int GGUF_TYPE_STRING = 8;
    internal const int GGUF_TYPE_ARRAY = 9;

    [LibraryImport(Library)]
    internal static partial void ggml_backend_load_all_from_path(byte* directory);

    [LibraryImport(Library)]
    internal static partial nuint ggml_backend_dev_count();

    [LibraryImport(Library)]
    internal static partial nint ggml_backend_dev_get(nuint index);

    [LibraryImport(BaseLibrary)]
    internal static partial int ggml_backend_dev_type(nint device);

    [LibraryImport(BaseLibrary)]
    internal static partial byte* ggml_backend_dev_name(nint device);

    [LibraryImport(BaseLibrary)]
    internal static partial nint gguf_init_from_file(byte* path, gguf_init_params parameters);

    [LibraryImport(BaseLibrary)]
    internal static partial void gguf_free(nint file);

    [LibraryImport(BaseLibrary)]
    internal static partial long gguf_find_key(MergeList file, byte* key);

    [LibraryImport(BaseLibrary)]
    internal static partial int gguf_get_kv_type(MergeList file, long key);

    [LibraryImport(BaseLibrary)]
    internal static partial int gguf_get_arr_type(MergeList file, long key);

    [LibraryImport(BaseLibrary)]
    internal static partial nuint gguf_get_arr_n(MergeList file, long key);

    [LibraryImport(BaseLibrary)]
    internal static partial byte* gguf_get_arr_str(MergeList file, long key, nuint index);

    [LibraryImport(BaseLibrary)]
    internal static partial void ggml_backend_dev_memory(nint device, nuint* free, nuint* total);

    [LibraryImport(BaseLibrary)]
    internal static partial nint ggml_backend_buft_get_device(nint bufferType);

    [LibraryImport(BaseLibrary)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool ggml_backend_buft_is_host(nint bufferType);
}
