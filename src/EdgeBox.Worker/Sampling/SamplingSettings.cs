using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Sampling;

/// <summary>How tokens are chosen. Every value was checked by the daemon. As they stand here, all samplers are off.</summary>
internal sealed record SamplingSettings
{
    private const int LongestWindow = 1 << 20;
    private const int LongestDryWindow = 1 << 16;
    private const int MostTopLogprobs = 20;

    /// <summary>0: greedy.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Choose among so many; 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>Choose among those whose surprise is nearest to the expected one and that together have this probability; 1: all.</summary>
    public float TypicalP { get; init; } = 1;

    /// <summary>Choose among the likeliest that together have this probability; 1: all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Choose among those with this share of the likeliest one's probability; 0: all.</summary>
    public float MinP { get; init; }

    /// <summary>Start of the random sequence.</summary>
    public ulong Seed { get; init; }

    /// <summary>Added to the logits of single tokens; -100 and less: never.</summary>
    public IReadOnlyList<Candidate> LogitBias { get; init; } = [];

    /// <summary>Divides the logit of a token that was seen, or multiplies a negative one; 1: off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from the logit of a token that was seen; 0: off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken from the logit of a token for each time that it was seen; 0: off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Tokens looked back at, prompt included.</summary>
    public int PenaltyWindow { get; init; }

    /// <summary>Taken from the logit of a token that would lengthen a repeated phrase: multiplier x base ^ (length - allowed length); 0: off.</summary>
    public float DryMultiplier { get; init; }

    /// <summary>From 1.</summary>
    public float DryBase { get; init; } = 1.75f;

    /// <summary>The shortest phrase, without the token that lengthens it, that counts; from 1.</summary>
    public int DryAllowedLength { get; init; } = 2;

    /// <summary>Tokens searched for phrases, prompt included.</summary>
    public int DryWindow { get; init; }

    /// <summary>Tokens that end a phrase.</summary>
    public TokenSet? DryBreakers { get; init; }

    /// <summary>Whether probabilities are told.</summary>
    public bool Logprobs { get; init; }

    /// <summary>How many of the likeliest tokens are told beside the chosen one: 0 to 20.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>What logits are multiplied by; a temperature of next to nothing must not make it infinite.</summary>
    public float Scale => Math.Min(1 / Temperature, float.MaxValue);

    public bool IsGreedy => Temperature <= 0 || TopK == 1;

    public bool HasPenalties => PenaltyWindow > 0 && (RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0);

    public bool HasDry => DryWindow > 0 && DryMultiplier > 0;

    /// <summary>Whether a phrase ends at a token.</summary>
    public bool IsDryBreaker(int token) => DryBreakers?.Contains(token) ?? false;

    /// <summary>What a request asks for. It searches the vocabulary: not for the decode thread.</summary>
    /// <exception cref="RefusedException">A logit bias names a token that the vocabulary lacks.</exception>
    public static SamplingSettings From(Generate message, PieceTable pieces)
    {
        var sampling = message.Sampling ?? new V1.Sampling { TopP = 1, RepetitionPenalty = 1, TypicalP = 1 };
        return new SamplingSettings
        {
            Temperature = sampling.Temperature,
            TopK = (int)Math.Min(sampling.TopK, int.MaxValue),

            // Not sent: off. No daemon sends 0.
            TypicalP = sampling.TypicalP > 0 ? sampling.TypicalP : 1,
            TopP = sampling.TopP,
            MinP = sampling.MinP,
            Seed = sampling.Seed,
            LogitBias = Bias(sampling, pieces.Count),
            RepetitionPenalty = sampling.RepetitionPenalty,
            PresencePenalty = sampling.PresencePenalty,
            FrequencyPenalty = sampling.FrequencyPenalty,
            PenaltyWindow = (int)Math.Min(sampling.PenaltyWindow, LongestWindow),
            DryMultiplier = sampling.DryMultiplier,
            DryBase = Math.Max(1, sampling.DryBase),
            DryAllowedLength = (int)Math.Clamp(sampling.DryAllowedLength, 1, int.MaxValue),
            DryWindow = (int)Math.Min(sampling.DryWindow, LongestDryWindow),
            DryBreakers = sampling.DryMultiplier > 0 ? Breakers(sampling.DryBreakers, pieces) : null,
            Logprobs = message.Logprobs,
            TopLogprobs = message.Logprobs ? (int)Math.Min(message.TopLogprobs, MostTopLogprobs) : 0,
        };
    }

    private static Candidate[] Bias(V1.Sampling sampling, int vocabulary)
    {
        var bias = new List<Candidate>(sampling.LogitBias.Count);
        foreach (var (token, value) in sampling.LogitBias)
        {
            if (token >= vocabulary)
            {
                throw new RefusedException(
                    RefusalKind.TokenUnknown, $"logit_bias names token {token}; the vocabulary has {vocabulary}, from 0 to {vocabulary - 1}");
            }

            bias.Add(new Candidate(value > -100 ? value : float.NegativeInfinity, (int)token));
        }

        return [.. bias];
    }

    /// <summary>Tokens that hold one of the texts, and those that show nothing: else the signs between messages would be phrases.</summary>
    private static TokenSet Breakers(IEnumerable<string> texts, PieceTable pieces)
    {
        var breakers = new TokenSet(pieces.Count);
        foreach (var text in texts)
        {
            pieces.Find(System.Text.Encoding.UTF8.GetBytes(text), breakers.Add);
        }

        for (var token = 0; token < pieces.Count; token++)
        {
            if (pieces[token].IsEmpty)
            {
                breakers.Add(token);
            }
        }

        return breakers;
    }
}
