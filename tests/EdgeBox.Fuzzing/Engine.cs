using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

[assembly: DisableRuntimeMarshalling]

namespace EdgeBox.Fuzzing;

/// <summary>Opens a model with the real engine and computes with it, in whatever process calls.</summary>
internal static unsafe partial class Engine
{
    private const string Llama = "libllama.v0.5.0.so";
    private const string Ggml = "libggml.v0.5.0.so";

    /// <summary>Loads the engine's libraries and its computing backends from a directory.</summary>
    public static void Start(string pack)
    {
        foreach (var name in (string[])["libggml-base.so", Ggml, Llama])
        {
            var handle = NativeLibrary.Load(Path.Combine(Path.GetFullPath(pack), name));
            s_libraries[name] = handle;
        }

        NativeLibrary.SetDllImportResolver(typeof(Engine).Assembly, (name, _, _) => s_libraries.GetValueOrDefault(name));
        llama_log_set(&Ignore, null);
        ggml_backend_load_all_from_path(Path.GetFullPath(pack));
    }

    /// <summary>Loads a file, tokenises every byte, writes every token and computes one step; says how far it came.</summary>
    public static string Try(string file)
    {
        var model = llama_model_load_from_file(file, llama_model_default_params());
        if (model == 0)
        {
            return "refused";
        }

        // A model that pools makes vectors or scores; it is tried that way too.
        var result = Try(model, embeddings: llama_model_has_encoder(model), out var pools);
        if (pools && result == "computed")
        {
            result = Try(model, embeddings: true, out _);
        }

        llama_model_free(model);
        return result;
    }

    private static string Try(nint model, bool embeddings, out bool pools)
    {
        var parameters = llama_context_default_params();
        parameters.Contexts = 64;
        parameters.Batch = 64;
        parameters.MicroBatch = 64;
        parameters.Threads = 1;
        parameters.BatchThreads = 1;
        parameters.Embeddings = embeddings ? (byte)1 : (byte)0;
        var context = llama_init_from_model(model, parameters);
        if (context == 0)
        {
            pools = false;
            return "no context";
        }

        pools = llama_pooling_type(context) > 0;
        var result = Compute(model, context);
        llama_free(context);
        return result;
    }

    private static string Compute(nint model, nint context)
    {
        var vocabulary = llama_model_get_vocab(model);
        var tokens = stackalloc int[4096];
        Tokenise(vocabulary, [.. Enumerable.Range(1, 255).Select(b => (byte)b)], tokens);
        Tokenise(vocabulary, Encoding.UTF8.GetBytes("<|start|>ပြည် 漢字 🙂 <s></s>\n"), tokens);
        var piece = stackalloc byte[65536];
        for (var token = 0; token < llama_vocab_n_tokens(vocabulary); token++)
        {
            _ = llama_token_to_piece(vocabulary, token, piece, 65536, 0, 1);
        }

        // The caller's duty: an encoder with position embeddings aborts beyond its context.
        var most = Math.Min(16, llama_model_n_ctx_train(model));
        var count = Math.Min(most, Tokenise(vocabulary, "the bad cab hid in a bag"u8.ToArray(), tokens));
        if (count <= 0)
        {
            (tokens[0], count) = (0, 1);
        }

        return llama_decode(context, llama_batch_get_one(tokens, count)) == 0 ? "computed" : "no step";
    }

    private static int Tokenise(nint vocabulary, byte[] text, int* tokens)
    {
        fixed (byte* start = text)
        {
            return llama_tokenize(vocabulary, start, text.Length, tokens, 4096, 1, 1);
        }
    }

    private static readonly Dictionary<string, nint> s_libraries = [];

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(int level, byte* text, void* data)
    {
    }

    /// <summary>llama_model_params of llama.cpp v0.5.0: the engine fills it, nothing of it is changed here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct ModelParameters
    {
        private long _first;
    }

    /// <summary>llama_context_params of llama.cpp v0.5.0, with the fields that are changed here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 160)]
    private struct ContextParameters
    {
        [FieldOffset(0)] public uint Contexts;
        [FieldOffset(4)] public uint Batch;
        [FieldOffset(8)] public uint MicroBatch;
        [FieldOffset(28)] public int Threads;
        [FieldOffset(32)] public int BatchThreads;
        [FieldOffset(128)] public byte Embeddings;
        [FieldOffset(152)] private long _last;
    }

    /// <summary>llama_batch of llama.cpp v0.5.0.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 56)]
    private struct Batch
    {
        private long _first;
    }

    [LibraryImport(Llama)]
    private static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> callback, void* data);

    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void ggml_backend_load_all_from_path(string path);

    [LibraryImport(Llama)]
    private static partial ModelParameters llama_model_default_params();

    [LibraryImport(Llama)]
    private static partial ContextParameters llama_context_default_params();

    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint llama_model_load_from_file(string path, ModelParameters parameters);

    [LibraryImport(Llama)]
    private static partial nint llama_init_from_model(nint model, ContextParameters parameters);

    [LibraryImport(Llama)]
    private static partial nint llama_model_get_vocab(nint model);

    [LibraryImport(Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool llama_model_has_encoder(nint model);

    [LibraryImport(Llama)]
    private static partial int llama_pooling_type(nint context);

    [LibraryImport(Llama)]
    private static partial int llama_model_n_ctx_train(nint model);

    [LibraryImport(Llama)]
    private static partial int llama_vocab_n_tokens(nint vocabulary);

    [LibraryImport(Llama)]
    private static partial int llama_tokenize(nint vocabulary, byte* text, int length, int* tokens, int capacity, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama)]
    private static partial int llama_token_to_piece(nint vocabulary, int token, byte* text, int capacity, int skip, byte special);

    [LibraryImport(Llama)]
    private static partial Batch llama_batch_get_one(int* tokens, int count);

    [LibraryImport(Llama)]
    private static partial int llama_decode(nint context, Batch batch);

    [LibraryImport(Llama)]
    private static partial void llama_free(nint context);

    [LibraryImport(Llama)]
    private static partial void llama_model_free(nint model);
}
