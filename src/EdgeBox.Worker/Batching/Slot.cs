using System.Runtime.InteropServices;
using EdgeBox.Worker.Caching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.Text;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Batching;

/// <summary>What slots share. The table and the sender may be used by the threads that choose tokens.</summary>
internal sealed record SlotTools(PieceTable Pieces, HarmonyTokens? Harmony, TimeProvider Time, Action<Event> Send);

/// <summary>A request at work: what is in the context of it, what was made of it, what comes next.</summary>
/// <remarks>It belongs to the decode thread, but while tokens are chosen, to the thread that chooses its.</remarks>
internal sealed class Slot
{
    private readonly SlotTools _tools;
    private readonly Event _deltaEvent = new() { Delta = new Delta() };
    private readonly AnswerText _answer;
    private readonly DraftPolicy _policy = new();
    private readonly List<int> _made = [];
    private readonly List<TokenLogprob> _pending = [];
    private readonly int[] _guesses = new int[DraftPolicy.Most];
    private readonly int _limit;
    private readonly long _admitted;
    private int _unreported;
    private int _guessed;
    private int _drafted;
    private int _accepted;
    private long _first;
    private long _latest;

    public Slot(GenerationRequest request, Lease lease, SlotTools tools)
    {
        _tools = tools;
        (Request, Lease, Position, OutputIndex) = (request, lease, lease.Cached, -1);
        _limit = lease.Most - request.Prompt.Length;
        var harmony = request.ReadsHarmony && tools.Harmony is not null ? new HarmonyReader(tools.Harmony, new Chat.Conversation([])) : null;
        _answer = new AnswerText(tools.Pieces, harmony, request.Message.Stop, SendText);
        _admitted = tools.Time.GetTimestamp();
        tools.Send(new Event
        {
            Started = new Started { Request = request.Id, PromptTokens = (uint)request.Prompt.Length, CachedTokens = (uint)lease.Cached },
        });
    }

    public GenerationRequest Request { get; }

    public Lease Lease { get; }

    /// <summary>Tokens that are in the context.</summary>
    public int Position { get; private set; }

    /// <summary>Index in the step's batch of the first token whose logits choose one; -1 if none is chosen in this step.</summary>
    public int OutputIndex { get; private set; }

    /// <summary>How many tokens of the step have logits: the last one's and those of the guesses.</summary>
    public int Outputs => OutputIndex < 0 ? 0 : 1 + _guessed;

    /// <summary>Tokens of the prompt that are not in the context yet.</summary>
    public int PromptLeft => Math.Max(0, Request.Prompt.Length - Position);

    /// <summary>Why the answer ended with the step; null if it goes on.</summary>
    public FinishKind? Outcome { get; private set; }

    /// <summary>What went wrong in the step.</summary>
    public RefusedException? Problem { get; private set; }

    /// <summary>What the context holds of the request: the prompt and all but the last token made.</summary>
    public int[] Text => [.. Request.Prompt.AsSpan(0, Math.Min(Position, Request.Prompt.Length)), .. Made[..Math.Max(0, Position - Request.Prompt.Length)]];

    private ReadOnlySpan<int> Made => CollectionsMarshal.AsSpan(_made);

    /// <summary>Takes no part in a step.</summary>
    public void Rest() => (OutputIndex, _guessed) = (-1, 0);

    /// <summary>Adds the next tokens of the prompt to a step.</summary>
    /// <returns>How many.</returns>
    public int AddPrompt(TokenBatch batch, int most)
    {
        Rest();
        var prompt = Request.Prompt;
        var count = Math.Min(most, prompt.Length - Position);
        if (Lease.Fork > Position && Lease.Fork < Position + count)
        {
            count = Lease.Fork - Position;
        }

        for (var i = 0; i < count; i++)
        {
            var isLast = Position == prompt.Length - 1;
            var index = batch.Add(prompt[Position], Position, Lease.Sequence, isLast);
            OutputIndex = isLast ? index : -1;
            Position++;
        }

        return count;
    }

    /// <summary>Adds the last chosen token to a step, and guesses of the next ones.</summary>
    /// <returns>How many tokens.</returns>
    public int AddAnswer(TokenBatch batch, int guesses)
    {
        _guessed = guesses;
        OutputIndex = batch.Add(_made[^1], Position, Lease.Sequence, output: true);
        for (var i = 0; i < guesses; i++)
        {
            batch.Add(_guesses[i], Position + 1 + i, Lease.Sequence, output: true);
        }

        Position++;
        return 1 + guesses;
    }

    /// <summary>Guesses what comes next, if that is wanted and can be checked in the step.</summary>
    /// <returns>How many tokens are worth guessing.</returns>
    public int Guess(StepCosts costs, int tokens, int answers, int most)
    {
        // The last token of an answer is chosen and not read.
        most = Math.Min(most, _limit - _made.Count - 1);
        return Request.Lookup is { } lookup && most > 0
            ? _policy.Choose(costs, tokens, answers, lookup.Guess(_guesses.AsSpan(0, Math.Min(most, _guesses.Length))))
            : 0;
    }

    /// <summary>Chooses the next tokens: one, and one more for each guess that proves right.</summary>
    /// <param name="context">Where the logits are.</param>
    /// <param name="rows">Their addresses, <see cref="Outputs"/> of them.</param>
    /// <param name="scratch">Memory of the thread that chooses.</param>
    public void Choose(LlamaContext context, ReadOnlySpan<nint> rows, Candidates scratch)
    {
        (Outcome, Problem) = (null, null);
        _drafted += _guessed;
        try
        {
            var right = 0;
            while (TakeNext(context.LogitsAt(rows[right]), scratch) is { } token && right < _guessed && token == _guesses[right])
            {
                right++;
                Position++;
            }

            _accepted += right;
        }
        catch (GrammarException e)
        {
            Problem = new RefusedException(RefusalKind.GrammarInvalid, e.Message, Request.Prompt.Length);
        }
    }

    /// <summary>Tells the end of the request.</summary>
    public void Finish(FinishKind kind)
    {
        _answer.Finish();
        if (_pending.Count > 0)
        {
            SendText("", reasoning: false);
        }

        var finished = new Finished
        {
            Request = Request.Id,
            Kind = kind,
            StopSequence = _answer.Stop ?? "",
            PromptTokens = (uint)Request.Prompt.Length,
            CompletionTokens = (uint)_made.Count,
            CachedTokens = (uint)Lease.Cached,
            DraftedTokens = (uint)_drafted,
            AcceptedTokens = (uint)_accepted,
        };
        if (_made.Count > 0)
        {
            finished.PrefillNs = Nanoseconds(_admitted, _first);
            finished.DecodeNs = Nanoseconds(_first, _latest);
        }

        _tools.Send(new Event { Finished = finished });
    }

    /// <summary>Chooses one token.</summary>
    /// <returns>The token; null if it is the last.</returns>
    private int? TakeNext(Span<float> logits, Candidates scratch)
    {
        var choice = Request.Sampler!.Next(logits, scratch, ConstraintNow());
        if (choice.Token < 0)
        {
            Problem = new RefusedException(
                RefusalKind.EngineError, "the engine's logits are not numbers: the model's weights are damaged or overflow", Request.Prompt.Length);
            return null;
        }

        Outcome = Take(choice);
        return Outcome is null ? choice.Token : null;
    }

    private ITokenConstraint? ConstraintNow() => _answer.IsInAnswer ? Request.Constraint : null;

    private FinishKind? Take(Choice choice)
    {
        _latest = _tools.Time.GetTimestamp();
        _first = _made.Count == 0 ? _latest : _first;
        _made.Add(choice.Token);
        _unreported++;
        if (Request.Message.Logprobs)
        {
            _pending.Add(TokenLogprobs.ToWire(choice, _tools.Pieces));
        }

        if (Request.Lookup is { } lookup)
        {
            Span<int> next = stackalloc int[1];
            if (lookup.Guess(next) == 1)
            {
                _policy.Note(next[0] == choice.Token);
            }

            lookup.Add(choice.Token);
        }

        return _tools.Pieces.EndsGeneration(choice.Token) ? FinishKind.Stop
            : _answer.Accept(choice.Token) ? FinishKind.StopSequence
            : _made.Count >= _limit ? FinishKind.Length
            : null;
    }

    private void SendText(string text, bool reasoning)
    {
        var delta = _deltaEvent.Delta;
        (delta.Request, delta.Text, delta.Reasoning, delta.Tokens) = (Request.Id, text, reasoning, (uint)_unreported);
        delta.Logprobs.Clear();
        delta.Logprobs.AddRange(_pending);
        _pending.Clear();
        _tools.Send(_deltaEvent);
        _unreported = 0;
    }

    private ulong Nanoseconds(long from, long to) => (ulong)(_tools.Time.GetElapsedTime(from, to).Ticks * TimeSpan.NanosecondsPerTick);
}
