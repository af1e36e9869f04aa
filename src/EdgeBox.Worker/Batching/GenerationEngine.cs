using System.Runtime.InteropServices;
using EdgeBox.Worker.Caching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>Runs the requests of one context in common steps: they join and leave between steps. It belongs to the decode thread.</summary>
internal sealed class GenerationEngine : IDisposable
{
    private readonly LlamaContext _context;
    private readonly GenerationShape _shape;
    private readonly EngineLog _log;
    private readonly SlotTools _tools;
    private readonly Action<GenerationRequest> _ended;
    private readonly SamplingCrew _crew;
    private readonly KvCache _cache;
    private readonly StepPlan _plan;
    private readonly StepCosts _costs = new();
    private readonly TokenBatch _batch;
    private readonly List<Slot> _slots = [];
    private readonly List<Slot> _choosing = [];
    private readonly List<nint> _logits = [];
    private readonly Action<int, Candidates> _choose;
    private long _engineTicks;
    private long _stepTicks;

    /// <param name="context">Made for the shape.</param>
    /// <param name="shape">Slots, their context and the chunk.</param>
    /// <param name="tools">What the slots share.</param>
    /// <param name="log">Where the engine's complaints are found.</param>
    /// <param name="ended">Called once for each request that was admitted, when it has ended.</param>
    /// <param name="crew">Threads that choose tokens.</param>
    public GenerationEngine(
        LlamaContext context, GenerationShape shape, SlotTools tools, EngineLog log, Action<GenerationRequest> ended, SamplingCrew crew)
    {
        _context = context;
        _shape = shape;
        _log = log;
        _tools = tools;
        _ended = ended;
        _crew = crew;
        _cache = new KvCache(context, shape.Cells, shape.Sequences, shape.SlidingWindow, shape.KeptBytes);
        _plan = new StepPlan(shape, _costs);
        _batch = new TokenBatch(shape.BatchTokens);
        _choose = ChooseOne;
    }

    /// <summary>Requests at work.</summary>
    public int Active => _slots.Count;

    /// <summary>Whether a step would do anything.</summary>
    public bool HasWork => _slots.Exists(slot => slot.Request.IsCancelled || !slot.Request.IsPaused);

    /// <summary>Who has the cells.</summary>
    public KvCache Cache => _cache;

    /// <summary>Time in the engine's steps since the start.</summary>
    public TimeSpan InEngine => _tools.Time.GetElapsedTime(0, Volatile.Read(ref _engineTicks));

    /// <summary>Time in steps outside the engine since the start.</summary>
    public TimeSpan OutsideEngine => _tools.Time.GetElapsedTime(0, Volatile.Read(ref _stepTicks) - Volatile.Read(ref _engineTicks));

    /// <summary>Lets a request in, or says that it has to wait.</summary>
    public bool TryAdmit(GenerationRequest request)
    {
        // A request that is to be repeatable shares neither steps nor text with anyone.
        var alone = request.Message.Deterministic || _slots.Exists(slot => slot.Request.Message.Deterministic);
        if (_slots.Count >= (alone ? 1 : _shape.Slots))
        {
            return false;
        }

        var room = _shape.ContextTokens - request.Prompt.Length;
        var asked = request.Message.MaxTokens == 0 ? room : (int)Math.Min(request.Message.MaxTokens, (uint)room);
        var domain = request.Message.Deterministic ? "" : request.Message.CacheDomain;
        if (_cache.Open(domain, request.Prompt, request.Prompt.Length + asked) is not { } lease)
        {
            return false;
        }

        _slots.Add(new Slot(request, lease, _tools));
        return true;
    }

    /// <summary>Runs one step.</summary>
    public void Step()
    {
        var begin = _tools.Time.GetTimestamp();
        EndCancelled();
        _plan.Fill(_batch, _slots);
        if (_batch.Count == 0)
        {
            return;
        }

        foreach (var slot in _plan.Taking)
        {
            _cache.Extend(slot.Slot.Lease, slot.Tokens);
        }

        var before = _tools.Time.GetTimestamp();
        var result = Decode();
        if (result == 0)
        {
            _context.Synchronize();
        }

        var took = _tools.Time.GetTimestamp() - before;
        Volatile.Write(ref _engineTicks, _engineTicks + took);
        if (result == 0)
        {
            _costs.Note(_batch.Count, _tools.Time.GetElapsedTime(0, took).TotalSeconds);
            ChooseAll();
            Settle();
        }
        else
        {
            Fail(result);
        }

        Volatile.Write(ref _stepTicks, _stepTicks + _tools.Time.GetTimestamp() - begin);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    /// <summary>
    /// Runs the engine. Cells for the whole context were planned; in layers with a window, kept texts that requests share may pin cells
    /// that those have moved away from, and leave them.
    /// </summary>
    private int Decode()
    {
        var result = _context.Decode(_batch);
        while (result == 1 && _cache.LeaveOne())
        {
            result = _context.Decode(_batch);
        }

        return result;
    }

    private void ChooseAll()
    {
        _choosing.Clear();
        _logits.Clear();
        var outputs = 0;
        foreach (var (slot, _) in _plan.Taking)
        {
            if (slot.Outputs == 0)
            {
                continue;
            }

            _choosing.Add(slot);
            for (var i = 0; i <= DraftPolicy.Most; i++)
            {
                _logits.Add(i < slot.Outputs ? _context.LogitsAddress(slot.OutputIndex + i) : 0);
            }

            outputs += slot.Outputs;
        }

        _crew.Run(_choosing.Count, helped: _shape.WorthHelp(outputs), _choose);
    }

    private void ChooseOne(int piece, Candidates scratch)
    {
        const int Rows = DraftPolicy.Most + 1;
        _choosing[piece].Choose(_context, CollectionsMarshal.AsSpan(_logits).Slice(piece * Rows, Rows), scratch);
    }

    /// <summary>Takes back wrong guesses, keeps prompts that were read, and ends what has ended.</summary>
    private void Settle()
    {
        foreach (var (slot, tokens) in _plan.Taking)
        {
            if (slot.OutputIndex < 0)
            {
                if (slot.Position == slot.Lease.Fork)
                {
                    _cache.KeepPrompt(slot.Lease, slot.Position);
                }

                continue;
            }

            if (slot.Position <= slot.Request.Prompt.Length)
            {
                _cache.KeepPrompt(slot.Lease, slot.Position);
            }

            if (tokens > 1)
            {
                _cache.Cut(slot.Lease, slot.Position);
            }

            if (slot.Problem is { } problem)
            {
                Refuse(slot, problem);
            }
            else if (slot.Outcome is { } kind)
            {
                End(slot, kind);
            }
        }
    }

    private void EndCancelled()
    {
        for (var i = _slots.Count - 1; i >= 0; i--)
        {
            if (_slots[i].Request.IsCancelled)
            {
                End(_slots[i], FinishKind.Cancelled);
            }
        }
    }

    /// <summary>A step that failed takes its requests with it: the engine does not say which of them was the cause.</summary>
    private void Fail(int result)
    {
        var words = _log.TakeComplaints();
        var detail = $"llama_decode returned {result}{(words.Length > 0 ? ": " + words : "")}";
        while (_slots.Count > 0)
        {
            Refuse(_slots[^1], new RefusedException(RefusalKind.EngineError, detail, _slots[^1].Request.Prompt.Length));
        }
    }

    private void Refuse(Slot slot, RefusedException why)
    {
        _tools.Send(Replies.Refused(slot.Request.Id, why));
        Release(slot, keep: false);
    }

    private void End(Slot slot, FinishKind kind)
    {
        slot.Finish(kind);
        Release(slot, keep: true);
    }

    private void Release(Slot slot, bool keep)
    {
        _slots.Remove(slot);
        _cache.Close(slot.Lease, keep ? slot.InContext : []);
        _ended(slot.Request);
    }
}
