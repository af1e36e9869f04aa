namespace EdgeBox.Worker.Sampling;

/// <summary>Chooses the tokens of one sequence: penalties, temperature, top-k, top-p, min-p, then a draw.</summary>
/// <remarks>The same logits, settings and tokens before give the same token, bit for bit.</remarks>
internal sealed class Sampler
{
    private readonly SamplingSettings _settings;
    private Candidates _candidates = new();
    private readonly Xoshiro _random;
    private readonly PenaltyHistory? _history;

    /// <param name="settings">How to choose.</param>
    public Sampler(SamplingSettings settings)
    {
        _settings = settings;
        _random = new Xoshiro(settings.Seed);
        _history = settings.HasPenalties ? new PenaltyHistory(settings.PenaltyWindow) : null;
    }

    /// <summary>Notes the tokens that stand before the first choice.</summary>
    public void Begin(ReadOnlySpan<int> prompt)
    {
        if (_history is not null)
        {
            foreach (var token in prompt[Math.Max(0, prompt.Length - _settings.PenaltyWindow)..])
            {
                _history.Add(token);
            }
        }
    }

    /// <summary>Chooses a token and notes it.</summary>
    /// <param name="logits">One for each token; they are changed where penalties apply.</param>
    /// <param name="scratch">x</param>
    /// <param name="constraint">x</param>
    /// <returns>The token; -1 if no logit is a number above minus infinity.</returns>
    public Choice Next(Span<float> logits, Candidates scratch, ITokenConstraint? constraint = null)
    {
        _candidates = scratch;
        return new Choice(Next(logits), 0, null);
    }

    private int Next(Span<float> logits)
    {
        _history?.Apply(logits, _settings);
        var best = Greedy.Pick(logits);
        if (best < 0)
        {
            return -1;
        }

        var token = _settings.Temperature <= 0 || _settings.TopK == 1 || float.IsPositiveInfinity(logits[best])
            ? best
            : Draw(logits, logits[best]);
        _history?.Add(token);
        return token;
    }

    private int Draw(ReadOnlySpan<float> logits, float largest)
    {
        var (topP, minP, scale) = (_settings.TopP, _settings.MinP, 1 / _settings.Temperature);
        if (_settings.TopK > 0 && _settings.TopK < logits.Length)
        {
            _candidates.TakeLargest(logits, _settings.TopK);
            var items = _candidates.Items;
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = items[i] with { Value = MathF.Exp((items[i].Value - largest) * scale) };
            }

            return DrawSorted(Distribution.Sum(items), topP, minP);
        }

        var weights = _candidates.Weights(logits.Length);
        var total = Distribution.Exponentials(logits, largest, scale, weights);
        var bound = topP < 1 ? Math.Max(minP, Distribution.NucleusBound(weights, topP * total, _candidates.Band(logits.Length))) : minP;
        return Distribution.Draw(weights, bound, _random.NextUnit());
    }

    /// <summary>Draws among the candidates, which are weights in falling order.</summary>
    private int DrawSorted(double total, float topP, float minP)
    {
        var items = _candidates.Items;
        var (count, kept) = (0, 0.0);
        var bound = minP * items[0].Value;
        while (count < items.Length && (count == 0 || (items[count].Value >= bound && (topP >= 1 || kept < topP * total))))
        {
            kept += items[count++].Value;
        }

        var target = _random.NextUnit() * kept;
        for (var i = 0; i < count; i++)
        {
            target -= items[i].Value;
            if (target < 0)
            {
                return items[i].Token;
            }
        }

        return items[count - 1].Token;
    }
}

internal readonly record struct Choice(int Token, float Logprob, Candidate[]? Top);

internal static class TokenLogprobs
{
    public static V1.TokenLogprob ToWire(Choice choice, Llama.PieceTable pieces) => new() { Id = (uint)choice.Token, Piece = Google.Protobuf.ByteString.CopyFrom(pieces[choice.Token]) };
}
