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
    public const int MaxDryAllowedLength = 256;
    public const int MaxDryWindow = 65_536;
    public const int MaxDryBreakers = 16;
    public const int MaxDryBreakerCharacters = 16;
    public const int MaxLogitBias = 1024;
    public const int MaxTopLogprobs = 20;
    public const int MaxGrammarCharacters = 65_536;

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
        Check(request.Logprobs);
        Check(request.Schedule, request.Drafting, request.Constraint);
    }

    /// <summary>Refuses a text that is not to be continued like this.</summary>
    public static void Check(CompleteRequest request)
    {
        Check(request.Sampling);
        Check(request.Stop);
        Check(request.Logprobs);
        Check(request.Schedule, request.Drafting, request.Constraint);
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
        Range("sampling.typical_p", sampling.HasTypicalP, sampling.TypicalP, float.Epsilon, 1);
        CheckPhrases(sampling);
        Count("sampling.logit_bias", sampling.LogitBias.Count, 0, MaxLogitBias);
        foreach (var (token, bias) in sampling.LogitBias)
        {
            Range(string.Create(CultureInfo.InvariantCulture, $"sampling.logit_bias[{token}]"), isSet: true, bias, -100, 100);
        }
    }

    /// <summary>Refuses to tell more probabilities than it may.</summary>
    public static void Check(LogprobOptions? logprobs) => Count("logprobs.top", logprobs?.Top ?? 0, 0, MaxTopLogprobs);

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
            Length($"stop.sequences[{i}]", stop.Sequences[i], MaxStopCharacters);
        }
    }

    /// <summary>Refuses ways of taking a turn, of guessing and of constraining that this release does not know.</summary>
    public static void Check(ScheduleOptions? schedule, Drafting drafting, OutputConstraint? constraint)
    {
        if (schedule is not null && !Enum.IsDefined(schedule.Priority))
        {
            throw Refuse("schedule.priority", "is not known", "interactive or batch");
        }

        if (!Enum.IsDefined(drafting))
        {
            throw Refuse("drafting", "is not known", "automatic or off");
        }

        if (constraint is { KindCase: not OutputConstraint.KindOneofCase.Grammar })
        {
            throw Refuse("constraint", "holds nothing that this release understands", "a grammar");
        }

        if (constraint is not null && constraint.Grammar.Length is 0 or > MaxGrammarCharacters)
        {
            throw Refuse("constraint.grammar",
                string.Create(CultureInfo.InvariantCulture, $"has {constraint.Grammar.Length} characters"), $"1 to {MaxGrammarCharacters}");
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

    private static void CheckPhrases(SamplingOptions sampling)
    {
        Range("sampling.dry_multiplier", sampling.HasDryMultiplier, sampling.DryMultiplier, 0, 10);
        Range("sampling.dry_base", sampling.HasDryBase, sampling.DryBase, 1, 4);
        Count("sampling.dry_allowed_length", sampling.HasDryAllowedLength ? sampling.DryAllowedLength : 1, 1, MaxDryAllowedLength);
        Count("sampling.dry_window", sampling.DryWindow, 0, MaxDryWindow);
        Count("sampling.dry_breakers", sampling.DryBreakers.Count, 0, MaxDryBreakers);
        for (var i = 0; i < sampling.DryBreakers.Count; i++)
        {
            Length($"sampling.dry_breakers[{i}]", sampling.DryBreakers[i], MaxDryBreakerCharacters);
        }
    }

    private static void Length(string field, string text, int most)
    {
        if (text.Length < 1 || text.Length > most)
        {
            throw Refuse(field, string.Create(CultureInfo.InvariantCulture, $"has {text.Length} characters"),
                string.Create(CultureInfo.InvariantCulture, $"1 to {most}"));
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
