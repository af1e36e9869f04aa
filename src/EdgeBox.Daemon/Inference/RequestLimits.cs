using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges what clients ask for, before anything else sees it. Every limit is told when it is exceeded.</summary>
internal static class RequestLimits
{
    public const int MaxMessages = 4096;
    public const int MaxParts = 256;
    public const int MaxStopSequences = 16;
    public const int MaxStopCharacters = 256;
    public const int MaxTokens = 1_048_576;
    public const int MaxInputs = 256;
    public const int MaxDocuments = 256;
    public const int MaxTopK = 1_000_000;
    public const int MaxPenaltyWindow = 4096;

    /// <summary>Refuses a conversation that cannot be continued.</summary>
    public static void Check(ChatRequest request)
    {
        Count("messages", request.Messages.Count, 1, MaxMessages);
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            if (message.Role is not (ChatRole.System or ChatRole.User or ChatRole.Assistant))
            {
                throw Refuse($"messages[{i}].role", "is not set or not known", "system, user or assistant");
            }

            Count($"messages[{i}].parts", message.Parts.Count, 1, MaxParts);
            for (var part = 0; part < message.Parts.Count; part++)
            {
                if (message.Parts[part].PartCase != ContentPart.PartOneofCase.Text)
                {
                    throw Refuse($"messages[{i}].parts[{part}]", "holds nothing that this release understands", "text");
                }
            }
        }

        Check(request.Sampling);
        Check(request.Stop);
    }

    /// <summary>Refuses sampling options outside their ranges.</summary>
    public static void Check(SamplingOptions? sampling)
    {
        if (sampling is null)
        {
            return;
        }

        Range("sampling.temperature", sampling.HasTemperature, sampling.Temperature, 0, 2);
        Range("sampling.top_p", sampling.HasTopP, sampling.TopP, float.Epsilon, 1);
        Range("sampling.min_p", sampling.HasMinP, sampling.MinP, 0, 1);
        Range("sampling.repetition_penalty", sampling.HasRepetitionPenalty, sampling.RepetitionPenalty, 0.1f, 10);
        Range("sampling.presence_penalty", sampling.HasPresencePenalty, sampling.PresencePenalty, -2, 2);
        Range("sampling.frequency_penalty", sampling.HasFrequencyPenalty, sampling.FrequencyPenalty, -2, 2);
        Count("sampling.top_k", sampling.TopK, 0, MaxTopK);
        Count("sampling.penalty_window", sampling.PenaltyWindow, 0, MaxPenaltyWindow);
    }

    /// <summary>Refuses stop options outside their limits.</summary>
    public static void Check(StopOptions? stop)
    {
        if (stop is null)
        {
            return;
        }

        Count("stop.max_tokens", stop.MaxTokens, 0, MaxTokens);
        Count("stop.sequences", stop.Sequences.Count, 0, MaxStopSequences);
        for (var i = 0; i < stop.Sequences.Count; i++)
        {
            if (stop.Sequences[i].Length is 0 or > MaxStopCharacters)
            {
                throw Refuse($"stop.sequences[{i}]",
                    string.Create(CultureInfo.InvariantCulture, $"has {stop.Sequences[i].Length} characters"), $"1 to {MaxStopCharacters}");
            }
        }
    }

    /// <summary>Refuses texts that cannot be embedded.</summary>
    public static void Check(EmbedRequest request)
    {
        Count("inputs", request.Inputs.Count, 1, MaxInputs);
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            if (request.Inputs[i].Length == 0)
            {
                throw Refuse($"inputs[{i}]", "is empty", "at least one character");
            }
        }
    }

    /// <summary>Refuses documents that cannot be scored.</summary>
    public static void Check(RerankRequest request)
    {
        if (request.Query.Length == 0)
        {
            throw Refuse("query", "is empty", "at least one character");
        }

        Count("documents", request.Documents.Count, 1, MaxDocuments);
        for (var i = 0; i < request.Documents.Count; i++)
        {
            if (request.Documents[i].Length == 0)
            {
                throw Refuse($"documents[{i}]", "is empty", "at least one character");
            }
        }
    }

    private static void Count(string field, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw Refuse(field, string.Create(CultureInfo.InvariantCulture, $"is {value}"),
                string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
        }
    }

    private static void Range(string field, bool isSet, float value, float least, float most)
    {
        // Written so that NaN, which compares false with everything, is refused.
        if (isSet && !(value >= least && value <= most))
        {
            var allowed = least == float.Epsilon
                ? string.Create(CultureInfo.InvariantCulture, $"above 0, up to {most}")
                : string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
            throw Refuse(field, string.Create(CultureInfo.InvariantCulture, $"is {value}"), allowed);
        }
    }

    private static FailureException Refuse(string field, string problem, string limit) =>
        new(ErrorReason.InvalidArgument, $"{field} {problem}; allowed: {limit}.", ("field", field), ("limit", limit));
}
