using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>The grammar sampler of llama.cpp itself.</summary>
internal sealed unsafe class EngineGrammar : IDisposable
{
    private static readonly nint s_library = NativeLibrary.Load(Path.Combine(Sessions.WorkerClient.PackDirectory, "cpu", NativeMethods.Library));
    private static readonly delegate* unmanaged<nint, byte*, byte*, nint> s_init = (delegate* unmanaged<nint, byte*, byte*, nint>)Function("init_grammar");
    private static readonly delegate* unmanaged<nint, Candidates*, void> s_apply = (delegate* unmanaged<nint, Candidates*, void>)Function("apply");
    private static readonly delegate* unmanaged<nint, int, void> s_accept = (delegate* unmanaged<nint, int, void>)Function("accept");
    private static readonly delegate* unmanaged<nint, void> s_free = (delegate* unmanaged<nint, void>)Function("free");

    private readonly nint _sampler;
    private readonly int _count;

    public EngineGrammar(LlamaModel model, string gbnf)
    {
        _count = model.Vocabulary.Count;
        fixed (byte* text = Encoding.UTF8.GetBytes(gbnf + '\0'), root = "root\0"u8)
        {
            _sampler = s_init(NativeMethods.llama_model_get_vocab(model.Handle), text, root);
        }
    }

    /// <summary>Whether the engine took the text for a grammar.</summary>
    public bool IsGrammar => _sampler != 0;

    public HashSet<int> Allowed()
    {
        var data = new Candidate[_count];
        for (var token = 0; token < _count; token++)
        {
            data[token].Token = token;
        }

        fixed (Candidate* start = data)
        {
            var candidates = new Candidates { Data = start, Size = (nuint)_count, Selected = -1 };
            s_apply(_sampler, &candidates);
        }

        return [.. data.Where(candidate => candidate.Logit == 0).Select(candidate => candidate.Token)];
    }

    public void Accept(int token) => s_accept(_sampler, token);

    public void Dispose()
    {
        if (_sampler != 0)
        {
            s_free(_sampler);
        }
    }

    private static nint Function(string name) => NativeLibrary.GetExport(s_library, "llama_sampler_" + name);

    /// <summary>llama_token_data of llama.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Candidate
    {
        public int Token;
        public float Logit;
        public float Probability;
    }

    /// <summary>llama_token_data_array of llama.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Candidates
    {
        public Candidate* Data;
        public nuint Size;
        public long Selected;
        public byte Sorted;
    }
}
