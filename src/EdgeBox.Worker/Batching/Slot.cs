using System.Runtime.InteropServices;
using EdgeBox.Worker.Caching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.Text;
using EdgeBox.Worker.V1;
using Google.Protobuf.Collections;

namespace EdgeBox.Worker.Batching;

/// <summary>What slots share. The table and the sender may be used by the threads that choose tokens.</summary>
internal sealed record SlotTools(PieceTable Pieces, TimeProvider Time, Action<Event> Send);

/// <summary>A request at work: what is in the context of it, what was made of it, what comes next.</summary>
/// <remarks>It belongs to the decode thread, but while tokens are chosen, to the thread that chooses its.</remarks>
internal sealed class Slot : IAnswerOutput
{
    private readonly SlotTools _tools;
    private readonly Event _deltaEvent = new() { Delta = new Delta() };
    private readonly Event _callEvent = new() { CallDelta = new CallDelta() };
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
        _answer = new AnswerText(tools.Pieces, request.Reader, request.Message.Stop, this);
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
    public int[] InContext => [.. Request.Prompt.AsSpan(0, Math.Min(Position, Request.Prompt.Length)), .. Made[..Math.Max(0, Position - Request.Prompt.Length)]];

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
            Text("", TextKind.Answer);
        }

        var finished = new Finished
        {
            Request = Request.Id,
            Kind = kind == FinishKind.Stop && _answer.Calls > 0 ? FinishKind.Calls : kind,
            StopSequence = _answer.Stop ?? "",
            PromptTokens = (uint)Request.Prompt.Length,
            CompletionTokens = (uint)_made.Count,
            CachedTokens = (uint)Lease.Cached,
            DraftedTokens = (uint)_drafted,
            AcceptedTokens = (uint)_accepted,
        };
        finished.Oddities.Add(Request.Concessions.Concat(_answer.Oddities).ToDictionary());

        if (_made.Count > 0)
        {
            finished.PrefillNs = Nanoseconds(_admitted, _first);
            finished.DecodeNs = Nanoseconds(_first, _latest);
        }

        _tools.Send(new Event { Finished = finished });
    }

    /// <inheritdoc/>
    public void Text(string text, TextKind kind)
    {
        var delta = _deltaEvent.Delta;
        (delta.Request, delta.Text, delta.Tokens) = (Request.Id, text, (uint)_unreported);
        (delta.Reasoning, delta.Preamble) = (kind == TextKind.Reasoning, kind == TextKind.Preamble);
        Report(delta.Logprobs);
        _tools.Send(_deltaEvent);
    }

    /// <inheritdoc/>
    public void Call(int index, string? tool, string arguments)
    {
        var delta = _callEvent.CallDelta;
        (delta.Request, delta.Index, delta.Name, delta.Arguments, delta.Tokens) = (Request.Id, (uint)index, tool ?? "", arguments, (uint)_unreported);
        Report(delta.Logprobs);
        _tools.Send(_callEvent);
    }

    /// <summary>Chooses one token.</summary>
    /// <returns>The token; null if it is the last.</returns>
    private int? TakeNext(Span<float> logits, Candidates scratch)
    {
        var choice = Request.Sampler!.Next(logits, scratch, Request.Form?.Now());
        if (choice.Token < 0)
        {
            Problem = new RefusedException(
                RefusalKind.EngineError, "the engine's logits are not numbers: the model's weights are damaged or overflow", Request.Prompt.Length);
            return null;
        }

        Outcome = Take(choice);
        return Outcome is null ? choice.Token : null;
    }

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

        // A token that ends generation may also say what it ends: a call or an answer.
        var isLast = _tools.Pieces.EndsGeneration(choice.Token);
        var stopped = (!isLast || Request.Reader is not null) && _answer.Accept(choice.Token);
        return isLast ? FinishKind.Stop
            : stopped ? FinishKind.StopSequence
            : _answer.IsOver ? FinishKind.Stop
            : _made.Count >= _limit ? FinishKind.Length
            : null;
    }

    private void Report(RepeatedField<TokenLogprob> logprobs)
    {
        logprobs.Clear();
        logprobs.AddRange(_pending);
        _pending.Clear();
        _unreported = 0;
    }

    private ulong Nanoseconds(long from, long to) => (ulong)(_tools.Time.GetElapsedTime(from, to).Ticks * TimeSpan.NanosecondsPerTick);
}
