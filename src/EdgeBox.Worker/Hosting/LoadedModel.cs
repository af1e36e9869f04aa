using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Chat.Families;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>Loading failed; the stage is "model" or "context".</summary>
internal sealed class LoadException(string stage, string detail) : Exception(detail)
{
    public string Stage { get; } = stage;
}

/// <summary>A model, its context, and what was found out about it.</summary>
internal sealed class LoadedModel : IDisposable
{
    private const int DefaultContext = 8192;
    private const int DefaultChunk = 256;
    private const int MostSlots = 64;
    private const long DefaultKept = 256 << 20;

    // On a processor a larger one is hardly faster and holds up who comes next.
    private const int ChunkAlone = 64;
    private const int MostChunk = 8192;

    private LoadedModel(LlamaModel model, GenerationShape shape, int threads)
    {
        Model = model;
        Shape = shape;
        Threads = threads;
        Tokenizer = new PromptTokenizer(model.Vocabulary);
        Constraints = new GrammarConstraints(() => model.Vocabulary.Pieces);
    }

    public LlamaModel Model { get; }

    public GenerationShape Shape { get; }

    public int Threads { get; }

    public PromptTokenizer Tokenizer { get; }

    /// <summary>Makes constraints of grammars.</summary>
    public GrammarConstraints Constraints { get; }

    /// <summary>The format of conversations; null if none is known.</summary>
    public IConversationFormat? Format { get; private set; }

    /// <summary>Why there is no conversation format; empty if there is one.</summary>
    public string FormatProblem { get; private set; } = "the model makes vectors and no text";

    /// <summary>Where answers are made; null for a model that makes vectors only.</summary>
    public LlamaContext? Context { get; private set; }

    /// <summary>Whether the model makes vectors: all do but those that rank.</summary>
    public bool Embeds => Model.Pooling != Pooling.Rank;

    /// <summary>Loads a model, or opens it without its weights for planning.</summary>
    /// <exception cref="LoadException">The model or its context cannot be made.</exception>
    public static LoadedModel Load(Load command, Func<float, bool> progress, EngineLog log, bool withWeights = true)
    {
        if (command.Paths.Count == 0)
        {
            throw new LoadException("model", "no path was given");
        }

        LlamaModel model;
        try
        {
            model = withWeights
                ? LlamaModel.Load(command.Paths, command.GpuLayers, progress, log)
                : LlamaModel.OpenWithoutWeights(command.Paths, command.GpuLayers, progress, log);
        }
        catch (EngineException e)
        {
            throw new LoadException("model", e.Message);
        }

        try
        {
            return Prepare(model, command, log);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public Loaded Describe() => new()
    {
        TrainedContextTokens = (uint)Model.TrainedContext,
        ContextTokens = (uint)Shape.ContextTokens,
        Slots = (uint)Shape.Slots,
        Vocabulary = (uint)Model.Vocabulary.Count,
        EmbeddingLength = (uint)Model.EmbeddingLength,
        Parameters = Model.Parameters,
        WeightBytes = Model.WeightBytes,
        Chat = Format is not null,
        Format = Format?.Name ?? "",
        Tools = Format?.HasTools ?? false,
        Thinks = Format?.Thinks ?? false,
        FormatProblem = Format is null ? FormatProblem : "",
        Description = Model.Description,
    };

    /// <summary>Gives back what reading the file and making tables of it have left behind: tens of MiB with a large vocabulary.</summary>
    /// <remarks>A dry run does so too, so that what it holds is what a loaded model holds beside its weights.</remarks>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = NativeMethods.malloc_trim(0);
    }

    public void Dispose()
    {
        Context?.Dispose();
        Model.Dispose();
    }

    /// <summary>Makes what answers need beside the weights.</summary>
    /// <exception cref="LoadException">It cannot be made.</exception>
    public static LoadedModel Prepare(LlamaModel model, Load command, EngineLog log)
    {
        if (model.IsEncoderDecoder)
        {
            throw new LoadException("model", $"models of the architecture {model.Architecture} (an encoder that feeds a decoder) are not supported");
        }

        if (model.Vocabulary.Type == VocabularyType.None)
        {
            throw new LoadException("model", "the file has no vocabulary");
        }

        var threads = command.Threads == 0 ? Math.Max(1, Environment.ProcessorCount - 1) : (int)Math.Min(command.Threads, 512);
        var loaded = new LoadedModel(model, ShapeOf(model, command), threads);
        LlamaContext context;
        try
        {
            context = new LlamaContext(model, loaded.ContextShape(), log);
        }
        catch (EngineException e)
        {
            throw new LoadException("context", e.Message);
        }

        if (context.HasMemory)
        {
            loaded.Context = context;
            (loaded.Format, loaded.FormatProblem) = FormatOf(model);
        }
        else
        {
            context.Dispose();
        }

        return loaded;
    }

    /// <summary>How a model is spoken to, or why it is not.</summary>
    public static (IConversationFormat? Format, string Problem) FormatOf(LlamaModel model) =>
        model.Architecture == "gpt-oss" && HarmonyTokens.Find(model.Vocabulary) is { } harmony
            ? (new HarmonyFormat(harmony), "")
            : ConversationFormats.Of(model.Architecture, model.ChatTemplate, model.Vocabulary);

    private static GenerationShape ShapeOf(LlamaModel model, Load command)
    {
        var asked = command.ContextTokens == 0 ? DefaultContext : (long)command.ContextTokens;
        var context = Math.Clamp(asked, 2, Math.Max(2, model.TrainedContext));
        var slots = Math.Max(1, (long)command.Slots);
        if (slots > MostSlots)
        {
            throw new LoadException("context", $"{slots} slots were asked for; {MostSlots} are the most");
        }

        if (slots * context > int.MaxValue)
        {
            throw new LoadException("context", $"{slots} slots of {context} tokens are more than {int.MaxValue} cells");
        }

        var cells = command.Cells == 0 ? slots * context : Math.Clamp(command.Cells, context, slots * context);

        // A step may not have more tokens than the context has cells: the engine aborts.
        var chunk = command.PrefillChunk == 0 ? DefaultChunk : Math.Min(command.PrefillChunk, MostChunk);
        var most = (int)Math.Min(chunk, Math.Max(1, cells - slots));
        return new GenerationShape
        {
            Slots = (int)slots,
            Cells = (int)cells,
            ContextTokens = (int)context,
            PrefillChunk = most,
            ChunkAlone = Math.Min(most, ChunkAlone),
            SlidingWindow = model.SlidingWindow,
            Vocabulary = model.Vocabulary.Count,
            KeptBytes = command.HasKeptBytes ? (long)Math.Min(command.KeptBytes, long.MaxValue) : DefaultKept,
        };
    }

    /// <summary>The context that answers are made in.</summary>
    public ContextShape ContextShape() => new()
    {
        Cells = Shape.Cells,
        Sequences = Shape.Sequences,
        BatchTokens = Math.Min(Shape.BatchTokens, Shape.Cells),
        Outputs = Shape.Outputs,
        Threads = Threads,
    };
}
