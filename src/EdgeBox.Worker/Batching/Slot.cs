using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.Text;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>What slots share: it belongs to the decode thread.</summary>
internal sealed record SlotTools(PieceTable Pieces, HarmonyTokens? Harmony, Candidates Candidates, TimeProvider Time, Action<Event> Send);

/// <summary>A sequence of the context and the request that has it.</summary>
internal sealed class Slot(int sequence, int contextTokens, SlotTools tools)
{
    private readonly Event _deltaEvent = new() { Delta = new Delta() };
    private Sampler? _sampler;
    private AnswerText? _answer;
    private int _limit;
    private int _made;
    private int _unreported;
    private int _lastToken;
    private long _admitted;
    private long _first;
    private long _latest;

    public int Sequence { get; } = sequence;

    /// <summary>The request that has the slot; null when it is free.</summary>
    public GenerationRequest? Request { get; private set; }

    /// <summary>Tokens that are in the context.</summary>
    public int Position { get; private set; }

    /// <summary>Index in the step's batch of the token whose logits choose the next one; -1 if none is chosen in this step.</summary>
    public int OutputIndex { get; private set; }

    /// <summary>Tokens of the prompt that are not in the context yet.</summary>
    public int PromptLeft => Request is null ? 0 : Math.Max(0, Request.Prompt.Length - Position);

    /// <summary>Gives the slot to a request.</summary>
    public void Admit(GenerationRequest request)
    {
        var message = request.Message;
        Request = request;
        (Position, OutputIndex, _made, _unreported) = (0, -1, 0, 0);
        var room = contextTokens - request.Prompt.Length;
        _limit = message.MaxTokens == 0 ? room : (int)Math.Min(message.MaxTokens, (uint)room);
        _sampler = new Sampler(request.Sampling);
        _sampler.Begin(request.Prompt);
        var harmony = request.ReadsHarmony && tools.Harmony is not null ? new HarmonyReader(tools.Harmony) : null;
        _answer = new AnswerText(tools.Pieces, harmony, message.Stop, SendText);
        _admitted = tools.Time.GetTimestamp();
        tools.Send(new Event { Started = new Started { Request = request.Id, PromptTokens = (uint)request.Prompt.Length } });
    }

    /// <summary>Adds prompt tokens to a step, or the last chosen token.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="most">Most prompt tokens.</param>
    /// <returns>How many were added.</returns>
    public int AddTo(TokenBatch batch, int most)
    {
        OutputIndex = -1;
        var prompt = Request!.Prompt;
        if (Position >= prompt.Length)
        {
            OutputIndex = batch.Add(_lastToken, Position++, Sequence, output: true);
            return 1;
        }

        var count = Math.Min(most, prompt.Length - Position);
        for (var i = 0; i < count; i++)
        {
            var isLast = Position == prompt.Length - 1;
            var index = batch.Add(prompt[Position], Position, Sequence, isLast);
            OutputIndex = isLast ? index : -1;
            Position++;
        }

        return count;
    }

    /// <summary>Chooses the next token.</summary>
    /// <returns>Why the answer ends with it; null if it goes on.</returns>
    /// <exception cref="EngineException">The logits are not numbers.</exception>
    public FinishKind? Choose(Span<float> logits)
    {
        var token = _sampler!.Next(logits, tools.Candidates).Token;
        if (token < 0)
        {
            throw new EngineException("the engine's logits are not numbers: the model's weights are damaged or overflow");
        }

        _latest = tools.Time.GetTimestamp();
        _first = _made == 0 ? _latest : _first;
        _lastToken = token;
        _made++;
        _unreported++;
        return tools.Pieces.EndsGeneration(token) ? FinishKind.Stop
            : _answer!.Accept(token) ? FinishKind.StopSequence
            : _made >= _limit ? FinishKind.Length
            : null;
    }

    /// <summary>Ends the request and frees the slot.</summary>
    public void Finish(FinishKind kind)
    {
        _answer!.Finish();
        var finished = new Finished
        {
            Request = Request!.Id,
            Kind = kind,
            StopSequence = _answer.Stop ?? "",
            PromptTokens = (uint)Request.Prompt.Length,
            CompletionTokens = (uint)_made,
        };
        if (_made > 0)
        {
            finished.PrefillNs = Nanoseconds(_admitted, _first);
            finished.DecodeNs = Nanoseconds(_first, _latest);
        }

        tools.Send(new Event { Finished = finished });
        Free();
    }

    /// <summary>Frees the slot without a word to anyone.</summary>
    public void Free() => (Request, _sampler, _answer) = (null, null, null);

    private void SendText(string text, bool reasoning)
    {
        var delta = _deltaEvent.Delta;
        (delta.Request, delta.Text, delta.Reasoning, delta.Tokens) = (Request!.Id, text, reasoning, (uint)_unreported);
        tools.Send(_deltaEvent);
        _unreported = 0;
    }

    private ulong Nanoseconds(long from, long to) => (ulong)(tools.Time.GetElapsedTime(from, to).Ticks * TimeSpan.NanosecondsPerTick);
}
