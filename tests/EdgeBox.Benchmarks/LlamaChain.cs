using System.Reflection;
using System.Runtime.InteropServices;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>A chain of llama.cpp's own samplers, run as llama_sampler_sample runs it: an array of candidates is filled from the logits first.</summary>
internal sealed partial class LlamaChain : IDisposable
{
    private readonly nint _chain = llama_sampler_chain_init(1);
    private readonly Candidate[] _candidates;

    static LlamaChain()
    {
        var pack = RuntimePack.Open(Programs.Packs, TimeProvider.System);
        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(), (name, _, _) => NativeLibrary.Load(Path.Combine(Programs.Packs, pack.Name, name)));
    }

    public LlamaChain(int vocabulary, params IEnumerable<nint> samplers)
    {
        _candidates = new Candidate[vocabulary];
        foreach (var sampler in samplers)
        {
            llama_sampler_chain_add(_chain, sampler);
        }
    }

    public static nint Greedy() => llama_sampler_init_greedy();

    public static nint TopK(int k) => llama_sampler_init_top_k(k);

    public static nint Typical(float p) => llama_sampler_init_typical(p, 1);

    public static nint TopP(float p) => llama_sampler_init_top_p(p, 1);

    public static nint MinP(float p) => llama_sampler_init_min_p(p, 1);

    public static nint Temperature(float t) => llama_sampler_init_temp(t);

    public static nint Draw(uint seed) => llama_sampler_init_dist(seed);

    public static nint Penalties(int vocabulary, int window, float repetition, float frequency, float presence) =>
        llama_sampler_init_penalties(vocabulary, window, repetition, frequency, presence);

    /// <summary>Chooses a token and notes it.</summary>
    public unsafe int Next(ReadOnlySpan<float> logits)
    {
        for (var i = 0; i < logits.Length; i++)
        {
            _candidates[i] = new Candidate { Id = i, Logit = logits[i] };
        }

        fixed (Candidate* data = _candidates)
        {
            var array = new CandidateArray { Data = data, Size = (nuint)logits.Length, Selected = -1 };
            llama_sampler_apply(_chain, &array);
            var token = array.Data[array.Selected].Id;
            llama_sampler_accept(_chain, token);
            return token;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => llama_sampler_free(_chain);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_chain_init(byte noPerf);

    [LibraryImport(NativeMethods.Library)]
    private static partial void llama_sampler_chain_add(nint chain, nint sampler);

    [LibraryImport(NativeMethods.Library)]
    private static unsafe partial void llama_sampler_apply(nint chain, CandidateArray* candidates);

    [LibraryImport(NativeMethods.Library)]
    private static partial void llama_sampler_accept(nint chain, int token);

    [LibraryImport(NativeMethods.Library)]
    private static partial void llama_sampler_free(nint chain);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_greedy();

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_dist(uint seed);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_top_k(int k);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_typical(float p, nuint keep);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_top_p(float p, nuint keep);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_min_p(float p, nuint keep);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_temp(float t);

    [LibraryImport(NativeMethods.Library)]
    private static partial nint llama_sampler_init_penalties(int vocabulary, int window, float repetition, float frequency, float presence);

    /// <summary>llama_token_data.</summary>
    private struct Candidate
    {
        public int Id;
        public float Logit;
        public float Probability;
    }

    /// <summary>llama_token_data_array.</summary>
    private unsafe struct CandidateArray
    {
        public Candidate* Data;
        public nuint Size;
        public long Selected;
        public byte Sorted;
    }
}
