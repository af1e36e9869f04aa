using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>A model that was opened without its weights, to say what loading it would take.</summary>
/// <remarks>The contexts are made as they would be to answer, with the same numbers: what the engine plans for them is what it takes then.</remarks>
internal sealed class DryRun(EngineLog log) : IDisposable
{
    private readonly List<LlamaContext> _contexts = [];
    private LlamaModel? _model;
    private ulong _held;

    /// <summary>What loading would take.</summary>
    /// <exception cref="LoadException">It cannot be loaded so.</exception>
    public Planned Plan(Load command)
    {
        var first = _model is null;
        Forget();
        var loaded = first ? LoadedModel.Load(command, _ => true, log, withWeights: false) : LoadedModel.Prepare(_model!, command, log);
        _model = loaded.Model;
        try
        {
            // Whatever answers, it has a table of the pieces, and what makes tokens of texts.
            _ = loaded.Model.Vocabulary.Pieces;
            if (first)
            {
                loaded.Tokenizer.Prepare();
            }

            var generation = loaded.ContextShape();
            var planned = new Planned();
            if (loaded.Context is { } context)
            {
                _contexts.Add(context);
                Add(planned, context, generation, weights: true);
                _held = first ? HeldBytes(generation) : _held;
            }

            if (VectorShape(loaded) is { } vectors)
            {
                _contexts.Add(new LlamaContext(_model, vectors, log));
                Add(planned, _contexts[^1], vectors, weights: loaded.Context is null);
                _held += first ? HeldBytes(vectors) : 0;
            }

            if (first)
            {
                LoadedModel.GiveBack();
            }

            planned.HeldOutputBytes = _held;
            return planned;
        }
        catch (EngineException e)
        {
            throw new LoadException("context", e.Message);
        }
    }

    public void Dispose()
    {
        Forget();
        _model?.Dispose();
    }

    /// <remarks>The contexts stay until the next plan: whoever looks at what the process holds sees them.</remarks>
    private void Forget()
    {
        _contexts.ForEach(context => context.Dispose());
        _contexts.Clear();
    }

    /// <summary>The context in which vectors are made, or scores; null for a model that is not there for that.</summary>
    private static ContextShape? VectorShape(LoadedModel loaded) => (loaded.Context, loaded.Model.Pooling) switch
    {
        (null, _) => EncoderPass.ShapeOf(loaded.Model, loaded.Shape.ContextTokens, loaded.Threads),
        (_, Pooling.Unspecified or Pooling.None) => null,
        _ => CausalPass.ShapeOf(loaded.Model, loaded.Shape.ContextTokens, loaded.Threads),
    };

    private void Add(Planned planned, LlamaContext context, ContextShape shape, bool weights)
    {
        planned.OutputBytes += RowBytes(shape) * (ulong)shape.Outputs;
        planned.Contexts.Add(new PlannedContext
        {
            Cells = context.HasMemory ? (uint)shape.Cells : 0, Sequences = (uint)shape.Sequences, StepTokens = (uint)shape.BatchTokens,
        });
        foreach (var share in context.Memory)
        {
            var memory = planned.Memories.FirstOrDefault(m => m.Device == share.Device);
            if (memory is null)
            {
                memory = new PlannedMemory { Device = share.Device, TotalBytes = share.Total, FreeBytes = share.Free };
                planned.Memories.Add(memory);
            }

            memory.WeightBytes += weights ? share.Weights : 0;
            memory.CacheBytes += share.Cache;
            memory.ComputeBytes += share.Compute;
        }
    }

    /// <summary>What the engine reserves, and writes to, when it makes a context: an output for each sequence.</summary>
    private ulong HeldBytes(ContextShape shape) => RowBytes(shape) * (ulong)shape.Sequences;

    private ulong RowBytes(ContextShape shape) =>
        sizeof(float) * (ulong)(_model!.Vocabulary.Count + (shape.Embeddings ? _model.EmbeddingLength : 0));
}
