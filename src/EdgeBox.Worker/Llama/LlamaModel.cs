using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeBox.Worker.Llama;

/// <summary>The engine refused a file or could not make a context; the message holds its last words.</summary>
internal sealed class EngineException(string message) : Exception(message);

/// <summary>A loaded model. Its members may be called from any thread.</summary>
internal sealed unsafe class LlamaModel : IDisposable
{
    /// <summary>LLAMA_LOAD_MODE_NONE.</summary>
    internal const int LoadModeNone = 0;

    private LlamaModel(ModelHandle handle, string file)
    {
        Handle = handle;
        Vocabulary = new Vocabulary(handle, file);
        var buffer = stackalloc byte[256];
        var length = NativeMethods.llama_model_desc(handle, buffer, 256);
        Description = Encoding.UTF8.GetString(buffer, Math.Clamp(length, 0, 255));
        Architecture = Metadata("general.architecture") ?? "";
        ChatTemplate = Marshal.PtrToStringUTF8((nint)NativeMethods.llama_model_chat_template(handle, null));
        fixed (byte* name = "rerank\0"u8)
        {
            RankTemplate = Marshal.PtrToStringUTF8((nint)NativeMethods.llama_model_chat_template(handle, name));
        }

        TrainedContext = Math.Max(1, NativeMethods.llama_model_n_ctx_train(handle));
        Pooling = int.TryParse(Metadata(Architecture + ".pooling_type"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pooling)
            ? (Pooling)pooling
            : Pooling.Unspecified;
    }

    public Vocabulary Vocabulary { get; }

    /// <summary>What the engine calls it, e.g. "gpt-oss 20B MXFP4 MoE".</summary>
    public string Description { get; }

    /// <summary>general.architecture of the file.</summary>
    public string Architecture { get; }

    /// <summary>tokenizer.chat_template of the file, if it has one.</summary>
    public string? ChatTemplate { get; }

    /// <summary>tokenizer.chat_template.rerank of the file, if it has one: how a query and a document are put together.</summary>
    public string? RankTemplate { get; }

    /// <summary>Tokens of context that it was trained for.</summary>
    public int TrainedContext { get; }

    /// <summary>Tokens that layers with a sliding window look back at; 0 if there are none.</summary>
    public int SlidingWindow => NativeMethods.llama_model_n_swa(Handle);

    /// <summary>How the file says that vectors are pooled.</summary>
    public Pooling Pooling { get; }

    /// <summary>Numbers of an embedding.</summary>
    public int EmbeddingLength => NativeMethods.llama_model_n_embd_out(Handle);

    /// <summary>Scores of a model that ranks.</summary>
    public int Classes => (int)NativeMethods.llama_model_n_cls_out(Handle);

    /// <summary>Number of weights.</summary>
    public ulong Parameters => NativeMethods.llama_model_n_params(Handle);

    /// <summary>Bytes of weights.</summary>
    public ulong WeightBytes => NativeMethods.llama_model_size(Handle);

    /// <summary>Whether it has an encoder that feeds a decoder (T5 and its like), which the worker does not run.</summary>
    public bool IsEncoderDecoder => NativeMethods.llama_model_has_encoder(Handle) && NativeMethods.llama_model_has_decoder(Handle);

    internal ModelHandle Handle { get; }

    /// <summary>Opens a model for planning: everything of it but its weights, of which only the sizes are known.</summary>
    /// <inheritdoc cref="Load(IReadOnlyList{string}, int, Func{float, bool}, EngineLog)"/>
    public static LlamaModel OpenWithoutWeights(IReadOnlyList<string> paths, int gpuLayers, Func<float, bool> progress, EngineLog log)
    {
        var parameters = NativeMethods.llama_model_default_params();
        parameters.no_alloc = true;

        // The engine aborts in its default mode, which maps the file.
        parameters.load_mode = LoadModeNone;
        return Load(parameters, paths, gpuLayers, progress, log);
    }

    /// <summary>Loads a model from its parts in order.</summary>
    /// <param name="paths">One path or, for a split model, all.</param>
    /// <param name="gpuLayers">Layers on the GPU; negative: all.</param>
    /// <param name="progress">Called with 0 to 1 on this thread; false stops loading.</param>
    /// <param name="log">Where the engine's complaints are found.</param>
    /// <exception cref="EngineException">The engine refused the file, or loading was stopped.</exception>
    public static LlamaModel Load(IReadOnlyList<string> paths, int gpuLayers, Func<float, bool> progress, EngineLog log)
    {
        return Load(NativeMethods.llama_model_default_params(), paths, gpuLayers, progress, log);
    }

    private static LlamaModel Load(llama_model_params parameters, IReadOnlyList<string> paths, int gpuLayers, Func<float, bool> progress, EngineLog log)
    {
        parameters.n_gpu_layers = gpuLayers;
        var callback = GCHandle.Alloc(progress);
        var texts = paths.Select(p => Marshal.StringToCoTaskMemUTF8(p)).ToArray();
        try
        {
            parameters.progress_callback = &OnProgress;
            parameters.progress_callback_user_data = (void*)GCHandle.ToIntPtr(callback);
            fixed (nint* start = texts)
            {
                var handle = new ModelHandle(NativeMethods.llama_model_load_from_splits((byte**)start, (nuint)texts.Length, parameters));
                return handle.IsInvalid ? throw new EngineException(log.TakeComplaints()) : new LlamaModel(handle, paths[0]);
            }
        }
        finally
        {
            callback.Free();
            Array.ForEach(texts, Marshal.FreeCoTaskMem);
        }
    }

    public void Dispose() => Handle.Dispose();

    /// <summary>A scalar key of the file as text; null if it is not there.</summary>
    public string? Metadata(string key) => Metadata(Handle, key);

    /// <inheritdoc cref="Metadata(string)"/>
    internal static string? Metadata(ModelHandle model, string key)
    {
        Span<byte> buffer = stackalloc byte[512];
        fixed (byte* name = Encoding.UTF8.GetBytes(key + '\0'), start = buffer)
        {
            var length = NativeMethods.llama_model_meta_val_str(model, name, start, (nuint)buffer.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(buffer[..Math.Min(length, buffer.Length - 1)]);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnProgress(float fraction, void* userData)
    {
        try
        {
            return ((Func<float, bool>)GCHandle.FromIntPtr((nint)userData).Target!)(fraction) ? (byte)1 : (byte)0;
        }
#pragma warning disable CA1031 // No exception may cross into the engine; a channel that fails stops the loading.
        catch (Exception)
#pragma warning restore CA1031
        {
            return 0;
        }
    }
}
