using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Llama;

/// <summary>How a model is loaded; layout of llama.h, held by tests/fixtures/layouts/llama.txt.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct llama_model_params
{
    public nint devices;
    public nint tensor_buft_overrides;
    public int n_gpu_layers;
    public int split_mode;
    public int load_mode;
    public int lazy_mode;
    public int main_gpu;
    public float* tensor_split;
    public delegate* unmanaged[Cdecl]<float, void*, byte> progress_callback;
    public void* progress_callback_user_data;
    public nint kv_overrides;
    public bool vocab_only;
    public bool check_tensors;
    public bool use_extra_bufts;
    public bool no_host;
    public bool no_alloc;
    public bool load_mtp;
}

/// <summary>How a context is made; layout of llama.h, held by tests/fixtures/layouts/llama.txt.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct llama_context_params
{
    public uint n_ctx;
    public uint n_batch;
    public uint n_ubatch;
    public uint n_seq_max;
    public uint n_rs_seq;
    public uint n_outputs_max;
    public uint n_outputs_max_per_seq;
    public int n_threads;
    public int n_threads_batch;
    public int ctx_type;
    public int rope_scaling_type;
    public int pooling_type;
    public int attention_type;
    public int flash_attn_type;
    public float rope_freq_base;
    public float rope_freq_scale;
    public float yarn_ext_factor;
    public float yarn_attn_factor;
    public float yarn_beta_fast;
    public float yarn_beta_slow;
    public uint yarn_orig_ctx;
    public float defrag_thold;
    public nint cb_eval;
    public void* cb_eval_user_data;
    public int type_k;
    public int type_v;
    public nint abort_callback;
    public void* abort_callback_data;
    public bool embeddings;
    public bool offload_kqv;
    public bool no_perf;
    public bool op_offload;
    public bool swa_full;
    public bool kv_unified;
    public nint samplers;
    public nuint n_samplers;
    public nint ctx_other;
}

/// <summary>Tokens of one step, an entry of each array for each; layout of llama.h, held by tests/fixtures/layouts/llama.txt.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct llama_batch
{
    public int n_tokens;
    public int* token;
    public float* embd;
    public int* pos;
    public int* n_seq_id;
    public int** seq_id;
    public sbyte* logits;
}

/// <summary>How a file is read; layout of gguf.h, held by tests/fixtures/layouts/llama.txt.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct gguf_init_params
{
    public bool no_alloc;
    public nint ctx;
}

/// <summary>Attributes of a token that matter here (enum llama_token_attr).</summary>
[Flags]
internal enum TokenAttributes
{
    None = 0,
    Unknown = 1 << 0,
    Control = 1 << 3,
    UserDefined = 1 << 4,
    LeftStrip = 1 << 7,
    RightStrip = 1 << 8,
}

/// <summary>Families of vocabularies that are treated apart (enum llama_vocab_type).</summary>
internal enum VocabularyType
{
    None = 0,
    SentencePiece = 1,
    BytePair = 2,
    WordPiece = 3,
}

/// <summary>How the vectors of the tokens become one (enum llama_pooling_type).</summary>
internal enum Pooling
{
    Unspecified = -1,
    None = 0,
    Mean = 1,
    First = 2,
    Last = 3,

    /// <summary>Not a vector, but the scores of a classification head.</summary>
    Rank = 4,
}
