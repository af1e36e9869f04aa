using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Batching;

/// <summary>Decides what a step works on, so that every answer gets a token at each and prompts are read as fast as that allows.</summary>
internal sealed class StepPlan(GenerationShape shape, StepCosts costs)
{
    // With answers under way, prompts may make a step last this many times as long.
    private const double Stretch = 2;

    // Without, a step lasts no longer than this, in seconds, so that who comes next is soon let in.
    private const double Longest = 0.05;

    private const int LeastPrompt = 16;

    /// <summary>A prompt that waits behind shorter ones gets one step in so many all the same.</summary>
    private const int TurnOfOldest = 8;

    private readonly List<(Slot Slot, int Tokens)> _taking = [];
    private readonly List<Slot> _reading = [];
    private readonly List<Slot> _answering = [];
    private int _stepsBehind;

    /// <summary>Who takes part in the step, with how many tokens.</summary>
    public IReadOnlyList<(Slot Slot, int Tokens)> Taking => _taking;

    /// <summary>Fills the batch.</summary>
    /// <param name="batch">Emptied first.</param>
    /// <param name="slots">All that have a request, the oldest first.</param>
    public void Fill(TokenBatch batch, IReadOnlyList<Slot> slots)
    {
        batch.Clear();
        _taking.Clear();
        _reading.Clear();
        _answering.Clear();
        foreach (var slot in slots)
        {
            slot.Rest();
            if (!slot.Request.IsPaused)
            {
                (slot.PromptLeft > 0 ? _reading : _answering).Add(slot);
            }
        }

        var prompt = PromptBudget();
        AddAnswers(batch, prompt);
        AddPrompts(batch, prompt);
    }

    private int PromptBudget()
    {
        if (_reading.Count == 0)
        {
            return 0;
        }

        if (_reading.Count + _answering.Count == 1)
        {
            return shape.ChunkAlone;
        }

        var answers = _answering.Count;
        var least = Math.Min(LeastPrompt, shape.PrefillChunk);
        var limit = answers > 0 ? Stretch * costs.Most(answers) : Longest;
        return costs.Largest(answers + least, answers + shape.PrefillChunk, limit) - answers;
    }

    private void AddAnswers(TokenBatch batch, int prompt)
    {
        var (guesses, tokens) = (shape.Guesses, _answering.Count + prompt);
        foreach (var slot in _answering)
        {
            var count = slot.Guess(costs, tokens, _answering.Count, guesses);
            guesses -= count;
            tokens += count;
            _taking.Add((slot, slot.AddAnswer(batch, count)));
        }
    }

    /// <summary>The shortest prompts first: they are soon done. The oldest gets its turn in any case.</summary>
    /// <remarks>A whole turn, and not a part of every step: a short prompt would need a step more for it.</remarks>
    private void AddPrompts(TokenBatch batch, int budget)
    {
        if (_reading.Count == 0)
        {
            return;
        }

        var oldest = _reading[0];
        _reading.Sort((a, b) => a.PromptLeft.CompareTo(b.PromptLeft));
        _stepsBehind = oldest == _reading[0] ? 0 : (_stepsBehind + 1) % TurnOfOldest;
        if (_stepsBehind == 0)
        {
            _reading.Remove(oldest);
            _reading.Insert(0, oldest);
        }

        foreach (var slot in _reading)
        {
            if (budget > 0)
            {
                budget -= Add(batch, slot, budget);
            }
        }
    }

    private int Add(TokenBatch batch, Slot slot, int most)
    {
        var tokens = slot.AddPrompt(batch, most);
        _taking.Add((slot, tokens));
        return tokens;
    }
}
