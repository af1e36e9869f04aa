namespace EdgeBox.Worker.Sampling;

/// <summary>How tokens are chosen. Every value was checked by the daemon.</summary>
/// <param name="Temperature">0: greedy.</param>
/// <param name="TopK">Choose among so many; 0: all.</param>
/// <param name="TopP">Choose among the likeliest that together have this probability; 1: all.</param>
/// <param name="MinP">Choose among those with this share of the likeliest one's probability; 0: all.</param>
/// <param name="Seed">Start of the random sequence.</param>
/// <param name="RepetitionPenalty">Divides the logit of a token that was seen, or multiplies a negative one; 1: off.</param>
/// <param name="PresencePenalty">Taken from the logit of a token that was seen; 0: off.</param>
/// <param name="FrequencyPenalty">Taken from the logit of a token for each time that it was seen; 0: off.</param>
/// <param name="PenaltyWindow">Tokens looked back at, prompt included.</param>
internal sealed record SamplingSettings(
    float Temperature,
    int TopK,
    float TopP,
    float MinP,
    ulong Seed,
    float RepetitionPenalty,
    float PresencePenalty,
    float FrequencyPenalty,
    int PenaltyWindow)
{
    private const int LongestWindow = 1 << 20;

    public bool HasPenalties => PenaltyWindow > 0 && (RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0);

    public static SamplingSettings From(V1.Sampling? sampling) => sampling is null
        ? new SamplingSettings(0, 0, 1, 0, 0, 1, 0, 0, 0)
        : new SamplingSettings(
            sampling.Temperature,
            (int)Math.Min(sampling.TopK, int.MaxValue),
            sampling.TopP,
            sampling.MinP,
            sampling.Seed,
            sampling.RepetitionPenalty,
            sampling.PresencePenalty,
            sampling.FrequencyPenalty,
            (int)Math.Min(sampling.PenaltyWindow, LongestWindow));
}
