using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>What a sampler should do, slowly: everything sorted, everything double.</summary>
internal static class PlainSampler
{
    /// <summary>The chance of each token.</summary>
    public static double[] Chances(float[] logits, SamplingSettings settings, params int[] history)
    {
        var changed = logits.Select(logit => (double)logit).ToArray();
        foreach (var (bias, token) in settings.LogitBias)
        {
            changed[token] += bias;
        }

        Penalise(changed, settings, history);
        foreach (var (token, penalty) in Phrases(settings, history))
        {
            changed[token] -= penalty;
        }

        return Choose(changed, settings);
    }

    /// <summary>What each token loses that would lengthen a phrase: every place is compared with the end, token by token.</summary>
    public static Dictionary<int, double> Phrases(SamplingSettings settings, int[] history)
    {
        var longest = new Dictionary<int, int>();
        var window = settings.DryWindow > 0 ? history[Math.Max(0, history.Length - settings.DryWindow)..] : [];
        for (var next = 1; next < window.Length && settings.DryMultiplier > 0; next++)
        {
            var length = 0;
            while (length < next && window[next - 1 - length] == window[^(length + 1)] && !settings.IsDryBreaker(window[next - 1 - length]))
            {
                length++;
            }

            if (length >= settings.DryAllowedLength && !settings.IsDryBreaker(window[next]))
            {
                longest[window[next]] = Math.Max(length, longest.GetValueOrDefault(window[next]));
            }
        }

        return longest.ToDictionary(
            p => p.Key, p => Math.Min(1e30, settings.DryMultiplier * Math.Pow(settings.DryBase, p.Value - settings.DryAllowedLength)));
    }

    private static void Penalise(double[] logits, SamplingSettings settings, int[] history)
    {
        foreach (var seen in history[Math.Max(0, history.Length - settings.PenaltyWindow)..].GroupBy(token => token))
        {
            var logit = logits[seen.Key];
            logit = logit > 0 ? logit / settings.RepetitionPenalty : logit * settings.RepetitionPenalty;
            logits[seen.Key] = logit - settings.PresencePenalty - (seen.Count() * settings.FrequencyPenalty);
        }
    }

    private static double[] Choose(double[] logits, SamplingSettings settings)
    {
        var order = Enumerable.Range(0, logits.Length).Where(i => logits[i] > double.NegativeInfinity)
            .OrderByDescending(i => logits[i]).ThenBy(i => i).ToList();
        order = settings.TopK > 0 ? [.. order.Take(settings.TopK)] : order;
        if (settings.Temperature == 0)
        {
            order = [order[0]];
        }

        var chances = order.Select(i => settings.Temperature == 0 ? 1 : Math.Exp((logits[i] - logits[order[0]]) / settings.Temperature)).ToList();
        chances = [.. chances.Select(c => c / chances.Sum())];
        (order, chances) = KeepTypical(order, chances, settings.TypicalP);
        var (kept, count) = (0.0, 0);
        while (count < order.Count && (count == 0 || (chances[count] >= settings.MinP * chances[0] && (settings.TopP >= 1 || kept < settings.TopP))))
        {
            kept += chances[count++];
        }

        var result = new double[logits.Length];
        for (var i = 0; i < count; i++)
        {
            result[order[i]] = chances[i] / kept;
        }

        return result;
    }

    private static (List<int> Order, List<double> Chances) KeepTypical(List<int> order, List<double> chances, double share)
    {
        if (share >= 1)
        {
            return (order, chances);
        }

        var entropy = -chances.Where(c => c > 0).Sum(c => c * Math.Log(c));
        var nearest = Enumerable.Range(0, order.Count).Where(i => chances[i] > 0).OrderBy(i => Math.Abs(-Math.Log(chances[i]) - entropy)).ToList();
        var (kept, count) = (0.0, 0);
        while (count < nearest.Count && kept < share)
        {
            kept += chances[nearest[count++]];
        }

        var stay = nearest.Take(count).Order().ToList();
        return ([.. stay.Select(i => order[i])], [.. stay.Select(i => chances[i] / kept)]);
    }
}
