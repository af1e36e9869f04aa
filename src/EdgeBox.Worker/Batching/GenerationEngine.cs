using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>Runs the sequences of one context in common steps. It belongs to the decode thread.</summary>
internal sealed class GenerationEngine
{
    private readonly LlamaContext _context;
    private readonly EngineLog _log;
    private readonly SlotTools _tools;
    private readonly Action<GenerationRequest> _ended;
    private readonly Slot[] _slots;
    private readonly TokenBatch _batch;
    private readonly int _prefillChunk;

    /// <param name="context">Made for the slots, and for steps of the chunk and one token a slot.</param>
    /// <param name="shape">Slots, their context and the chunk.</param>
    /// <param name="tools">What the slots share.</param>
    /// <param name="log">Where the engine's complaints are found.</param>
    /// <param name="ended">Called once for each request that was admitted, when it has ended.</param>
    public GenerationEngine(
        LlamaContext context, GenerationShape shape, SlotTools tools, EngineLog log, Action<GenerationRequest> ended)
    {
        _context = context;
        _log = log;
        _tools = tools;
        _ended = ended;
        _prefillChunk = shape.PrefillChunk;
        _slots = [.. Enumerable.Range(0, shape.Slots).Select(i => new Slot(i, shape.ContextTokens, tools))];
        _batch = new TokenBatch(shape.BatchTokens);
    }

    /// <summary>Sequences at work.</summary>
    public int Active { get; private set; }

    public bool HasFreeSlot => Active < _slots.Length;

    /// <summary>Gives a free slot to a request.</summary>
    public void Admit(GenerationRequest request)
    {
        Active++;
        _slots.First(s => s.Request is null).Admit(request);
    }

    /// <summary>Runs one step: one token for each sequence that is answering, and a share of the chunk for each prompt being read.</summary>
    public void Step()
    {
        EndCancelled();
        FillBatch();
        if (_batch.Count == 0)
        {
            return;
        }

        var result = _context.Decode(_batch);
        if (result != 0)
        {
            Fail(result);
            return;
        }

        foreach (var slot in _slots)
        {
            if (slot.Request is not null && slot.OutputIndex >= 0)
            {
                Choose(slot);
            }
        }
    }

    private void Choose(Slot slot)
    {
        try
        {
            if (slot.Choose(_context.Logits(slot.OutputIndex)) is { } kind)
            {
                End(slot, kind);
            }
        }
        catch (EngineException e)
        {
            Refuse(slot, e.Message);
        }
    }

    private void EndCancelled()
    {
        foreach (var slot in _slots)
        {
            if (slot.Request is { IsCancelled: true })
            {
                End(slot, FinishKind.Cancelled);
            }
        }
    }

    private void FillBatch()
    {
        _batch.Clear();
        var reading = 0;
        foreach (var slot in _slots)
        {
            if (slot.PromptLeft > 0)
            {
                reading++;
            }
            else if (slot.Request is not null)
            {
                slot.AddTo(_batch, 1);
            }
        }

        var chunk = _prefillChunk;
        foreach (var slot in _slots)
        {
            if (slot.PromptLeft > 0)
            {
                chunk -= slot.AddTo(_batch, Math.Max(1, chunk / reading--));
            }
        }
    }

    /// <summary>A step that failed takes its requests with it: the engine does not say which of them was the cause.</summary>
    private void Fail(int result)
    {
        var words = _log.TakeComplaints();
        var detail = $"llama_decode returned {result}{(words.Length > 0 ? ": " + words : "")}";
        foreach (var slot in _slots)
        {
            if (slot.Request is not null)
            {
                Refuse(slot, detail);
            }
        }
    }

    private void Refuse(Slot slot, string detail)
    {
        var request = slot.Request!;
        _tools.Send(Replies.Refused(request.Id, new RefusedException(RefusalKind.EngineError, detail, request.Prompt.Length)));
        slot.Free();
        Release(slot, request);
    }

    private void End(Slot slot, FinishKind kind)
    {
        var request = slot.Request!;
        slot.Finish(kind);
        Release(slot, request);
    }

    private void Release(Slot slot, GenerationRequest request)
    {
        _context.Remove(slot.Sequence);
        Active--;
        _ended(request);
    }
}

/// <summary>How much a context does at once.</summary>
/// <param name="Slots">Sequences.</param>
/// <param name="ContextTokens">Context of one sequence.</param>
/// <param name="PrefillChunk">Prompt tokens of all sequences in one step.</param>
internal sealed record GenerationShape(int Slots, int ContextTokens, int PrefillChunk)
{
    /// <summary>Most tokens in one step: a chunk of prompt, and a token for each sequence.</summary>
    public int BatchTokens => PrefillChunk + Slots;
}
