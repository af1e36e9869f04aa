using System.Globalization;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>Reads how tokens are chosen and when an answer ends: most formats have the same words for it.</summary>
internal static class SamplingFields
{
    /// <summary>The fields of sampling that are numbers at the top of a body.</summary>
    public static SamplingOptions Read(JsonField body, WireNames names)
    {
        var sampling = new SamplingOptions();
        Number(body["temperature"], number => sampling.Temperature = number);
        Number(body["top_p"], number => sampling.TopP = number);
        Number(body["min_p"], number => sampling.MinP = number);
        Number(body["typical_p"], number => sampling.TypicalP = number);
        Number(body["repetition_penalty"], number => sampling.RepetitionPenalty = number);
        Number(body["presence_penalty"], number => sampling.PresencePenalty = number);
        Number(body["frequency_penalty"], number => sampling.FrequencyPenalty = number);
        if (body["top_k"].Whole() is { } topK)
        {
            sampling.TopK = topK == -1 ? 0 : body["top_k"].Count(0, RequestLimits.MaxTopK)!.Value; // Others say -1 for all.
        }

        if (body["seed"].Whole() is { } seed)
        {
            sampling.Seed = unchecked((uint)seed); // Others take 64 bits, and signs.
        }

        ReadBias(body["logit_bias"], sampling);
        foreach (var field in SamplingOptions.Descriptor.Fields.InDeclarationOrder())
        {
            names.Note($"sampling.{field.Name}", field.Name);
        }

        return sampling;
    }

    /// <summary>The most tokens of an answer, and the texts that end it.</summary>
    /// <param name="most">The field with the number; it may also be -1: as many as fit.</param>
    /// <param name="sequences">The field with a text or several; null: the format has none.</param>
    /// <param name="names">Learns what they are called.</param>
    public static StopOptions ReadStop(JsonField most, JsonField? sequences, WireNames names)
    {
        var stop = new StopOptions();
        if (most.Whole() is { } tokens and not -1)
        {
            Limit.Count(most.Path, tokens, 1, RequestLimits.MaxTokens);
            stop.MaxTokens = (uint)tokens;
        }

        names.Note("stop.max_tokens", most.Path);
        if (sequences is { IsSet: true } field)
        {
            names.Note("stop.sequences", field.Path);
            stop.Sequences.AddRange(field.IsText ? [field.Text()] : field.Items(RequestLimits.MaxStopSequences).Select(item => item.Text()));
        }

        return stop;
    }

    /// <summary>How much is thought, by the words that clients have for it.</summary>
    public static ReasoningEffort ReadEffort(JsonField field, WireNames names)
    {
        names.Note("effort", field.Path);
        return field.WordOr(ReasoningEffort.Unspecified,
            ("none", ReasoningEffort.Off), ("minimal", ReasoningEffort.Low), ("low", ReasoningEffort.Low), ("medium", ReasoningEffort.Medium),
            ("high", ReasoningEffort.High), ("xhigh", ReasoningEffort.High), ("max", ReasoningEffort.High));
    }

    private static void ReadBias(JsonField field, SamplingOptions sampling)
    {
        foreach (var (name, bias) in field.Members())
        {
            if (!uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token))
            {
                throw field.Refuse("has a member that is no number of a token", "numbers of tokens, each with -100 to 100");
            }

            sampling.LogitBias[token] = bias.Number() ?? 0;
            Limit.Count(field.Path, sampling.LogitBias.Count, 0, RequestLimits.MaxLogitBias);
        }
    }

    private static void Number(JsonField field, Action<float> take)
    {
        if (field.Number() is { } number)
        {
            take(number);
        }
    }
}
