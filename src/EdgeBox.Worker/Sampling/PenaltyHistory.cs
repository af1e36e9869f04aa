namespace EdgeBox.Worker.Sampling;

/// <summary>The last tokens of a sequence and how often each is among them.</summary>
internal sealed class PenaltyHistory(int window)
{
    private readonly int[] _ring = new int[window];
    private readonly Dictionary<int, int> _counts = new(window + 1);
    private int _next;
    private int _length;

    /// <summary>Adds a token; the oldest one leaves when the window is full.</summary>
    public void Add(int token)
    {
        if (_length == window)
        {
            var oldest = _ring[_next];
            var left = _counts[oldest] - 1;
            if (left == 0)
            {
                _counts.Remove(oldest);
            }
            else
            {
                _counts[oldest] = left;
            }
        }
        else
        {
            _length++;
        }

        _ring[_next] = token;
        _next = (_next + 1) % window;
        _counts[token] = _counts.GetValueOrDefault(token) + 1;
    }

    /// <summary>Lowers the logits of the tokens in the window.</summary>
    public void Apply(Span<float> logits, SamplingSettings settings)
    {
        foreach (var (token, count) in _counts)
        {
            if ((uint)token >= (uint)logits.Length)
            {
                continue;
            }

            var logit = logits[token];
            logit = logit > 0 ? logit / settings.RepetitionPenalty : logit * settings.RepetitionPenalty;
            logits[token] = logit - settings.PresencePenalty - (count * settings.FrequencyPenalty);
        }
    }
}
