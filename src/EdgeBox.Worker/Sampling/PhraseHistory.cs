namespace EdgeBox.Worker.Sampling;

/// <summary>The last tokens of a sequence, and which tokens would lengthen a phrase that is among them already.</summary>
/// <remarks>
/// "DRY" of p-e-w (oobabooga/text-generation-webui, pull request 5677): the longer the repeated phrase, the more a token that
/// would lengthen it loses. All lengths are found by the Z algorithm run from the end, in one step a token of the window.
/// </remarks>
internal sealed class PhraseHistory(SamplingSettings settings)
{
    // Large enough to bury any logit, small enough that it stays a number.
    private const double MostPenalty = 1e30;

    private readonly int _window = settings.DryWindow;
    private int[] _tokens = new int[Math.Min(settings.DryWindow, 512)];
    private int _count;

    private ReadOnlySpan<int> Window => _tokens.AsSpan(0, _count)[Math.Max(0, _count - _window)..];

    /// <summary>Adds a token.</summary>
    public void Add(int token)
    {
        if (_count == _tokens.Length)
        {
            MakeRoom();
        }

        _tokens[_count++] = token;
    }

    /// <summary>Lowers the logits of the tokens that would lengthen a phrase.</summary>
    public void Apply(Span<float> logits, Candidates scratch)
    {
        var window = Window;
        var longest = scratch.Phrases;
        Find(window, scratch.Keys(window.Length), longest);
        foreach (var (token, length) in longest)
        {
            if ((uint)token < (uint)logits.Length)
            {
                logits[token] -= Penalty(length);
            }
        }

        longest.Clear();
    }

    /// <summary>What a token loses that would lengthen a phrase of so many tokens.</summary>
    private float Penalty(int length)
    {
        // Whole powers by squaring: the library's power may differ from machine to machine.
        var (result, factor) = ((double)settings.DryMultiplier, (double)settings.DryBase);
        for (var power = length - settings.DryAllowedLength; power > 0 && result < MostPenalty; power >>= 1)
        {
            result *= (power & 1) == 1 ? factor : 1;
            factor *= factor;
        }

        return (float)Math.Min(result, MostPenalty);
    }

    /// <summary>Notes, for each token that follows an earlier copy of the last tokens, how many of them the copy has.</summary>
    /// <param name="window">The last tokens.</param>
    /// <param name="lengths">Room for as many numbers: at distance d from the end, how many tokens up to there are like those up to the end.</param>
    /// <param name="longest">Where it is noted, if it is long enough.</param>
    private void Find(ReadOnlySpan<int> window, Span<int> lengths, Dictionary<int, int> longest)
    {
        var limit = LengthOfPhrase(window);
        if (limit < settings.DryAllowedLength)
        {
            return;
        }

        var end = window.Length - 1;

        // The copy that reaches furthest back lies at distances from..reach, the reach not included.
        var (from, reach, distance) = (0, 0, 1);
        while (distance <= end)
        {
            int length;
            if (distance < reach && lengths[distance - from] < reach - distance)
            {
                length = lengths[distance - from];
            }
            else
            {
                if (distance >= reach)
                {
                    // Outside any copy: the next place that ends in the last token.
                    var place = window[..(end - distance + 1)].LastIndexOf(window[end]);
                    if (place < 0)
                    {
                        return;
                    }

                    distance = end - place;
                }

                length = Math.Max(0, reach - distance);
                while (distance + length <= end && window[end - distance - length] == window[end - length])
                {
                    length++;
                }

                (from, reach) = (distance, distance + length);
            }

            lengths[distance] = length;
            Note(window[end - distance + 1], Math.Min(length, limit), longest);
            distance++;
        }
    }

    private void Note(int next, int length, Dictionary<int, int> longest)
    {
        if (length >= settings.DryAllowedLength && !settings.IsDryBreaker(next))
        {
            longest[next] = Math.Max(length, longest.GetValueOrDefault(next));
        }
    }

    /// <summary>How many of the last tokens belong together: a breaker ends a phrase.</summary>
    private int LengthOfPhrase(ReadOnlySpan<int> window)
    {
        var length = 0;
        while (length < window.Length && !settings.IsDryBreaker(window[window.Length - 1 - length]))
        {
            length++;
        }

        return length;
    }

    /// <summary>Twice the window at most: then the older half is dropped.</summary>
    private void MakeRoom()
    {
        if (_tokens.Length < 2 * _window)
        {
            Array.Resize(ref _tokens, Math.Min(2 * _tokens.Length, 2 * _window));
            return;
        }

        Window.CopyTo(_tokens);
        _count = _window;
    }
}
