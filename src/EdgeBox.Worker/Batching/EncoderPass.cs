using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Batching;

/// <summary>Runs a model without memory: whole texts of several requests in each step, pooled by the engine.</summary>
internal sealed class EncoderPass(LlamaModel model, int contextTokens, int threads, EngineLog log) : VectorPass(log)
{
    // A step stands between two tokens of every answer. Longer ones gain little: this many rows keep a processor's arithmetic busy.
    private const int StepTokens = 512;
    private const int MostSequences = 64;

    private readonly EngineLog _log = log;
    private readonly List<VectorInput> _texts = [];
    private LlamaContext? _context;
    private TokenBatch? _batch;

    public override IEnumerable<VectorJob> AtWork => _texts.Select(t => t.Job);

    public override void Step(InputTurns turns, Action<VectorInput, float[]> give)
    {
        _texts.Clear();
        var tokens = 0;
        while (_texts.Count < MostSequences && turns.NextLength() is { } length && (_texts.Count == 0 || tokens + length <= StepTokens))
        {
            _texts.Add(turns.Take());
            tokens += length;
        }

        if (_texts.Count > 0)
        {
            Run(tokens, give);
        }
    }

    // Texts are at work within a step only.
    public override void Forget(VectorJob job)
    {
    }

    public override void Clear() => _texts.Clear();

    public override void Dispose() => _context?.Dispose();

    private void Run(int tokens, Action<VectorInput, float[]> give)
    {
        var (context, batch) = Room(tokens);
        batch.Clear();
        for (var sequence = 0; sequence < _texts.Count; sequence++)
        {
            var text = _texts[sequence].Tokens;
            for (var i = 0; i < text.Length; i++)
            {
                batch.Add(text[i], i, sequence, output: true);
            }
        }

        var result = context.Encode(batch);
        if (result != 0)
        {
            throw Failed("llama_encode", result);
        }

        for (var sequence = 0; sequence < _texts.Count; sequence++)
        {
            give(_texts[sequence], context.SequenceEmbedding(sequence).ToArray());
        }

        _texts.Clear();
    }

    /// <summary>A context whose step holds so many tokens: an input longer than the step would abort the process.</summary>
    /// <remarks>It is made small and grows with the texts: its buffers grow with the square of the step.</remarks>
    private (LlamaContext Context, TokenBatch Batch) Room(int tokens)
    {
        if (_context is not null && _batch!.Capacity >= tokens)
        {
            return (_context, _batch);
        }

        _context?.Dispose();
        _context = null;
        var least = Math.Max(tokens, Math.Min(StepTokens, contextTokens));
        var capacity = Math.Max(least, (int)Math.Min(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)least), contextTokens));
        _batch = new TokenBatch(capacity);
        _context = new LlamaContext(model, ShapeOf(model, capacity, threads), _log);
        return (_context, _batch);
    }

    /// <summary>The context of a step of so many tokens.</summary>
    public static ContextShape ShapeOf(LlamaModel model, int capacity, int threads) => new()
    {
        Cells = capacity,
        Sequences = MostSequences,
        BatchTokens = capacity,
        Outputs = capacity,
        Threads = threads,
        Embeddings = true,
        Pooling = model.Pooling is Pooling.Unspecified or Pooling.None ? Pooling.Mean : model.Pooling,
    };
}
