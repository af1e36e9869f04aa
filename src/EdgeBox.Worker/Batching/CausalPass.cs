using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Batching;

/// <summary>Runs a model that reads from left to right: several texts side by side, each over as many steps as it takes.</summary>
internal sealed class CausalPass : VectorPass
{
    private const int MostSequences = 16;
    private const int LeastStep = 64;
    private const int MostStep = 512;

    // Every token of a step is an output here, and its logits are reserved with its vector: so many numbers are 64 MiB.
    private const int MostLogits = 16 << 20;

    private readonly Lane[] _lanes;
    private readonly LlamaContext _context;
    private readonly TokenBatch _batch;
    private readonly int _cells;
    private readonly bool _ranks;
    private int _first;

    /// <param name="model">The model.</param>
    /// <param name="contextTokens">The longest text, and the cells of all texts together.</param>
    /// <param name="threads">Processor threads.</param>
    /// <param name="log">Where the engine's complaints are found.</param>
    /// <exception cref="EngineException">The engine cannot make the context.</exception>
    public CausalPass(LlamaModel model, int contextTokens, int threads, EngineLog log)
        : base(log)
    {
        var shape = ShapeOf(model, contextTokens, threads);
        _ranks = model.Pooling == Pooling.Rank;
        _cells = contextTokens;
        _batch = new TokenBatch(shape.BatchTokens);
        _lanes = [.. Enumerable.Range(0, MostSequences).Select(i => new Lane(i, new Pooler(PoolingOf(model), model.EmbeddingLength)))];
        _context = new LlamaContext(model, shape, log);
    }

    /// <summary>The context of texts of up to so many tokens.</summary>
    public static ContextShape ShapeOf(LlamaModel model, int contextTokens, int threads)
    {
        var step = Math.Min(contextTokens, Math.Clamp(MostLogits / Math.Max(1, model.Vocabulary.Count), LeastStep, MostStep));
        return new ContextShape
        {
            Cells = contextTokens,
            Sequences = MostSequences,
            BatchTokens = step,
            Outputs = step,
            Threads = threads,
            Embeddings = true,

            // The engine pools what is in one step, and a text may take several; only the head of a ranking model is in the engine alone.
            Pooling = model.Pooling == Pooling.Rank ? Pooling.Rank : Pooling.None,
        };
    }

    /// <summary>Whether the model remembers tokens between steps; one that does not is an encoder.</summary>
    public bool HasMemory => _context.HasMemory;

    public override IEnumerable<VectorJob> AtWork => _lanes.Where(l => l.Input is not null).Select(l => l.Input!.Job);

    public override void Step(InputTurns turns, Action<VectorInput, float[]> give)
    {
        Admit(turns);
        Share();
        Fill();
        if (_batch.Count == 0)
        {
            return;
        }

        var result = _context.Decode(_batch);
        if (result != 0)
        {
            throw Failed("llama_decode", result);
        }

        foreach (var lane in _lanes.Where(l => l.Count > 0))
        {
            Gather(lane, give);
        }
    }

    public override void Forget(VectorJob job)
    {
        foreach (var lane in _lanes.Where(l => l.Input?.Job == job))
        {
            Free(lane);
        }
    }

    public override void Clear()
    {
        foreach (var lane in _lanes.Where(l => l.Input is not null))
        {
            Free(lane);
        }
    }

    public override void Dispose() => _context.Dispose();

    private static Pooling PoolingOf(LlamaModel model) => model.Pooling is Pooling.Unspecified or Pooling.None ? Pooling.Mean : model.Pooling;

    /// <summary>Gives free lanes to texts while their cells last.</summary>
    private void Admit(InputTurns turns)
    {
        var held = _lanes.Sum(l => l.Input?.Tokens.Length ?? 0);
        foreach (var lane in _lanes.Where(l => l.Input is null))
        {
            // One that is longer than the context is let in alone, for the engine to refuse: nobody may wait for ever.
            if (turns.NextLength() is not { } length || (held > 0 && held + length > _cells))
            {
                return;
            }

            lane.Begin(turns.Take());
            held += length;
        }
    }

    /// <summary>Shares the tokens of the step out: the same to each text, and what is left to those that want more, another first each time.</summary>
    private void Share()
    {
        var busy = _lanes.Where(l => l.Input is not null).OrderBy(l => (l.Sequence - _first + MostSequences) % MostSequences).ToList();
        _first = (_first + 1) % MostSequences;
        var left = _batch.Capacity;
        var each = Math.Max(1, left / Math.Max(1, busy.Count));
        foreach (var lane in busy)
        {
            lane.Count = Math.Min(Math.Min(each, left), lane.Left);
            left -= lane.Count;
        }

        foreach (var lane in busy)
        {
            var more = Math.Min(left, lane.Left - lane.Count);
            lane.Count += more;
            left -= more;
        }
    }

    private void Fill()
    {
        _batch.Clear();
        foreach (var lane in _lanes.Where(l => l.Count > 0))
        {
            lane.Start = _batch.Count;
            for (var i = 0; i < lane.Count; i++)
            {
                _batch.Add(lane.Input!.Tokens[lane.Position + i], lane.Position + i, lane.Sequence, output: true);
            }
        }
    }

    private void Gather(Lane lane, Action<VectorInput, float[]> give)
    {
        var input = lane.Input!;
        var isLast = lane.Count == lane.Left;
        for (var i = 0; !_ranks && i < lane.Count; i++)
        {
            lane.Pooler.Add(_context.TokenEmbedding(lane.Start + i), lane.Position + i, isLast && i == lane.Count - 1);
        }

        lane.Position += lane.Count;
        lane.Count = 0;
        if (isLast)
        {
            var vector = _ranks ? _context.SequenceEmbedding(lane.Sequence).ToArray() : lane.Pooler.Take();
            Free(lane);
            give(input, vector);
        }
    }

    private void Free(Lane lane)
    {
        _context.Remove(lane.Sequence, 0);
        lane.End();
    }

    /// <summary>A sequence of the context and the text that is read in it.</summary>
    private sealed class Lane(int sequence, Pooler pooler)
    {
        public int Sequence { get; } = sequence;

        public Pooler Pooler { get; } = pooler;

        public VectorInput? Input { get; private set; }

        /// <summary>Tokens that were read.</summary>
        public int Position { get; set; }

        /// <summary>Tokens of this step, and where they begin in it.</summary>
        public int Count { get; set; }

        public int Start { get; set; }

        public int Left => Input is null ? 0 : Input.Tokens.Length - Position;

        public void Begin(VectorInput input) => (Input, Position, Count) = (input, 0, 0);

        public void End()
        {
            // What was gathered of an unfinished text belongs to no other.
            _ = Pooler.Take();
            (Input, Position, Count) = (null, 0, 0);
        }
    }
}
