using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Llama;

/// <summary>The functions of libllama that the worker calls, with their C names (llama.h of llama.cpp v0.5.0).</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "libllama.v0.5.0.so";

    [LibraryImport(Library)]
    internal static partial byte* llama_version();

    [LibraryImport(Library)]
    internal static partial void llama_backend_init();

    [LibraryImport(Library)]
    internal static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> callback, void* userData);

    [LibraryImport(Library)]
    internal static partial llama_model_params llama_model_default_params();

    [LibraryImport(Library)]
    internal static partial llama_context_params llama_context_default_params();

    [LibraryImport(Library)]
    internal static partial nint llama_model_load_from_splits(byte** paths, nuint count, llama_model_params parameters);

    [LibraryImport(Library)]
    internal static partial void llama_model_free(nint model);

    [LibraryImport(Library)]
    internal static partial nint llama_init_from_model(ModelHandle model, llama_context_params parameters);

    [LibraryImport(Library)]
    internal static partial void llama_free(nint context);

    [LibraryImport(Library)]
    internal static partial nint llama_model_get_vocab(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial int llama_model_n_swa(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial int llama_model_n_ctx_train(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial int llama_model_n_embd_out(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial uint llama_model_n_cls_out(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial int llama_model_desc(ModelHandle model, byte* buffer, nuint size);

    [LibraryImport(Library)]
    internal static partial ulong llama_model_size(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial ulong llama_model_n_params(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial int llama_model_meta_val_str(ModelHandle model, byte* key, byte* buffer, nuint size);

    [LibraryImport(Library)]
    internal static partial byte* llama_model_chat_template(ModelHandle model, byte* name);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_encoder(ModelHandle model);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_decoder(ModelHandle model);

    [LibraryImport(Library)]
    internal static partial nint llama_get_memory(ContextHandle context);

    // C++: the map is returned through a pointer (System V ABI), which is the first argument. llama-ext.h.
    [LibraryImport(Library, EntryPoint = "_Z26llama_get_memory_breakdownPK13llama_context")]
    internal static partial nint llama_get_memory_breakdown(BreakdownMap* result, ContextHandle context);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_memory_seq_rm(nint memory, int sequence, int from, int to);

    [LibraryImport(Library)]
    internal static partial void llama_memory_seq_cp(nint memory, int source, int target, int from, int to);

    [LibraryImport(Library)]
    internal static partial int llama_memory_seq_pos_min(nint memory, int sequence);

    [LibraryImport(Library)]
    internal static partial nuint llama_state_seq_get_size_ext(ContextHandle context, int sequence, uint flags);

    [LibraryImport(Library)]
    internal static partial nuint llama_state_seq_get_data_ext(ContextHandle context, SequenceCopy target, nuint size, int sequence, uint flags);

    [LibraryImport(Library)]
    internal static partial nuint llama_state_seq_set_data_ext(ContextHandle context, SequenceCopy source, nuint size, int target, uint flags);

    [LibraryImport(Library)]
    internal static partial int llama_decode(ContextHandle context, llama_batch batch);

    [LibraryImport(Library)]
    internal static partial int llama_encode(ContextHandle context, llama_batch batch);

    [LibraryImport(Library)]
    internal static partial void llama_synchronize(ContextHandle context);

    [LibraryImport(Library)]
    internal static partial float* llama_get_logits_ith(ContextHandle context, int index);

    [LibraryImport(Library)]
    internal static partial float* llama_get_embeddings_ith(ContextHandle context, int index);

    [LibraryImport(Library)]
    internal static partial float* llama_get_embeddings_seq(ContextHandle context, int sequence);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_type(nint vocabulary);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_n_tokens(nint vocabulary);

    [LibraryImport(Library)]
    internal static partial byte* llama_vocab_get_text(nint vocabulary, int token);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_get_attr(nint vocabulary, int token);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_is_eog(nint vocabulary, int token);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_bos(nint vocabulary);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_eos(nint vocabulary);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_sep(nint vocabulary);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_get_add_bos(nint vocabulary);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_get_add_eos(nint vocabulary);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_get_add_sep(nint vocabulary);

    [LibraryImport(Library)]
    internal static partial int llama_tokenize(
        nint vocabulary,
        byte* text,
        int length,
        int* tokens,
        int capacity,
        [MarshalAs(UnmanagedType.U1)] bool addSpecial,
        [MarshalAs(UnmanagedType.U1)] bool parseSpecial);

    [LibraryImport(Library)]
    internal static partial int llama_token_to_piece(
        nint vocabulary, int token, byte* buffer, int length, int strip, [MarshalAs(UnmanagedType.U1)] bool special);
}
