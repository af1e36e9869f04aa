using System.Diagnostics;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Benchmarks;

/// <summary>The engine alone in this process: a step for the prompt, then a step and a search for the largest logit for each token.</summary>
internal sealed class BareLoop : IDisposable
{
    private readonly LlamaModel _model;
    private readonly LlamaContext _context;
    private readonly TokenBatch _batch;

    public BareLoop(string file, int context, int threads)
    {
        var pack = RuntimePack.Open(Programs.Packs, TimeProvider.System);
        _model = LlamaModel.Load([file], -1, _ => true, pack.Log);
        _context = new LlamaContext(
            _model, new ContextShape { Cells = context, Sequences = 1, BatchTokens = context, Outputs = 1, Threads = threads }, pack.Log);
        _batch = new TokenBatch(context);
    }

    /// <summary>Tokens per second from the prompt to the last token.</summary>
    public double Run(IReadOnlyList<int> prompt, int tokens)
    {
        _context.Remove(0);
        var begin = Stopwatch.GetTimestamp();
        var next = Step(prompt, 0);
        for (var made = 1; made < tokens; made++)
        {
            next = Step([next], prompt.Count + made - 1);
        }

        return tokens / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private int Step(IReadOnlyList<int> tokens, int position)
    {
        _batch.Clear();
        var last = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            last = _batch.Add(tokens[i], position + i, sequence: 0, output: i == tokens.Count - 1);
        }

        return _context.Decode(_batch) == 0
            ? Greedy.Pick(_context.Logits(last))
            : throw new InvalidOperationException("The engine failed in a step.");
    }
}
