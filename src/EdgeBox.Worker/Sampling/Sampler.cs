namespace EdgeBox.Worker.Sampling;

/// <summary>Chooses the tokens of one sequence.</summary>
/// <remarks>
/// In this order: logit bias; repetition, presence and frequency penalties; DRY; temperature; top-k; typical-p; top-p; min-p; a draw.
/// (llama.cpp's order is penalties, DRY, top-k, typical-p, top-p, min-p, temperature: here the probabilities that the last three
/// look at are those at the temperature.) Each looks at what the one before it left.
/// The same logits, settings and tokens before give the same token, bit for bit, whichever thread asks and however wide its
/// processor's vectors are: sums have a fixed order, and no function of the C library takes part.
/// </remarks>
internal sealed class Sampler
{
    /// <summary>Up to so many are put in order; more are judged by the smallest of them.</summary>
    private const int LongestShortlist = 1024;

    private readonly SamplingSettings _settings;
    private readonly Xoshiro _random;
    private readonly PenaltyHistory? _history;
    private readonly PhraseHistory? _phrases;

    /// <param name="settings">How to choose.</param>
    public Sampler(SamplingSettings settings)
    {
        _settings = settings;
        _random = new Xoshiro(settings.Seed);
        _history = settings.HasPenalties ? new PenaltyHistory(settings.PenaltyWindow) : null;
        _phrases = settings.HasDry ? new PhraseHistory(settings) : null;
    }

    /// <summary>Notes the tokens that stand before the first choice.</summary>
    public void Begin(ReadOnlySpan<int> prompt)
    {
        foreach (var token in prompt[Math.Max(0, prompt.Length - _settings.PenaltyWindow)..])
        {
            _history?.Add(token);
        }

        foreach (var token in prompt[Math.Max(0, prompt.Length - _settings.DryWindow)..])
        {
            _phrases?.Add(token);
        }
    }

    /// <summary>Chooses a token and notes it.</summary>
    /// <param name="logits">One for each token; they are changed.</param>
    /// <param name="scratch">Memory of the calling thread.</param>
    /// <param name="constraint">What may come next.</param>
    /// <returns>The choice; its token is -1 if no logit is a number above minus infinity, or none of what may come next.</returns>
    public Choice Next(Span<float> logits, Candidates scratch, ITokenConstraint? constraint = null)
    {
        var likelihood = _settings.Logprobs ? new Likelihood(logits, _settings.TopLogprobs, scratch) : default;
        Adjust(logits, scratch);
        var token = Choose(logits, scratch);
        if (token >= 0 && constraint is not null && !constraint.Allows(token))
        {
            // To ask for one token is cheap and to mask a vocabulary is not; most models keep to a grammar by themselves.
            // Tokens keep their chances: where those allowed have V in all, one of chance p is drawn at first with p, and after
            // a refusal with (1 - V) p / V, together p / V, which is its chance where the mask comes first. What top-k and its
            // like leave is found again after a refusal, so where they are in force the draw is from a mixture of both.
            constraint.Mask(logits);
            token = Choose(logits, scratch);
        }

        if (token < 0)
        {
            return new Choice(-1, 0, null);
        }

        _history?.Add(token);
        _phrases?.Add(token);
        constraint?.Accept(token);
        return _settings.Logprobs ? new Choice(token, likelihood.Of(token), likelihood.Top) : new Choice(token, 0, null);
    }

    private void Adjust(Span<float> logits, Candidates scratch)
    {
        for (var i = 0; i < _settings.LogitBias.Count; i++)
        {
            var (bias, token) = _settings.LogitBias[i];
            logits[token] += bias;
        }

        _history?.Apply(logits, _settings);
        _phrases?.Apply(logits, scratch);
    }

    private int Choose(ReadOnlySpan<float> logits, Candidates scratch)
    {
        var peaks = scratch.Peaks(logits.Length);
        var largest = Blocks.Peaks(logits, peaks);
        if (float.IsNegativeInfinity(largest))
        {
            return -1;
        }

        if (_settings.IsGreedy || float.IsPositiveInfinity(largest))
        {
            return Greedy.First(logits, peaks, largest);
        }

        var k = _settings.TopK;
        if (k == 0 || k >= logits.Length)
        {
            return DrawFromAll(logits, peaks, largest, scratch);
        }

        if (k <= LongestShortlist)
        {
            scratch.TakeLargest(logits, peaks, k);
            return Shortlist.Draw(scratch.Items, scratch.Band(scratch.Count), _settings, _random.NextUnit());
        }

        var few = scratch.Spare(logits.Length);
        TopK.Keep(logits, k, few, scratch);
        Blocks.Peaks(few, peaks);
        return DrawFromAll(few, peaks, largest, scratch);
    }

    private int DrawFromAll(ReadOnlySpan<float> logits, ReadOnlySpan<float> peaks, float largest, Candidates scratch)
    {
        var (scale, minP, top) = (_settings.Scale, _settings.MinP, 1f);
        var (typical, nucleus) = (_settings.TypicalP < 1, _settings.TopP < 1);

        // Where only min-p is in force, what it drops need not be weighed; a little more is, so that rounding does not matter.
        var least = minP > 0 && !typical && !nucleus ? Math.Max(Exponential.Least, (float)Math.Log(minP) - 0.01f) : Exponential.Least;
        var weights = scratch.Weights(logits.Length);
        var total = Blocks.Weigh(logits, peaks, largest, scale, largest + (least / scale), weights);
        if (typical)
        {
            total = Distribution.KeepTypical(logits, largest, scale, weights, _settings.TypicalP, scratch);
            top = Distribution.Largest(weights);
        }

        var bound = nucleus ? Math.Max(minP * top, Distribution.NucleusBound(weights, _settings.TopP * total, scratch)) : minP * top;
        return Distribution.Draw(weights, bound, _random.NextUnit());
    }
}
