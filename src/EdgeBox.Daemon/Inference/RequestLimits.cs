using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges what clients ask for, before anything else sees it. Every limit is told when it is exceeded.</summary>
internal static class RequestLimits
{
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

    /// <summary>Refuses a conversation that cannot be continued.</summary>
    public static void Check(ChatRequest request)
    {
        ConversationLimits.Check(request.Messages);
        ConversationLimits.Check(request.Tools, request.ToolChoice);
        Limit.Known("effort", request.Effort, "off, low, medium or high");
        Limit.Count("attempts", request.Attempts, 0, CheckedAnswers.MaxAttempts);
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

        Limit.Range("sampling.temperature", sampling.HasTemperature, sampling.Temperature, 0, 2);
        Limit.Range("sampling.top_p", sampling.HasTopP, sampling.TopP, float.Epsilon, 1);
        Limit.Range("sampling.min_p", sampling.HasMinP, sampling.MinP, 0, 1);
        Limit.Range("sampling.repetition_penalty", sampling.HasRepetitionPenalty, sampling.RepetitionPenalty, 0.1f, 10);
        Limit.Range("sampling.presence_penalty", sampling.HasPresencePenalty, sampling.PresencePenalty, -2, 2);
        Limit.Range("sampling.frequency_penalty", sampling.HasFrequencyPenalty, sampling.FrequencyPenalty, -2, 2);
        Limit.Count("sampling.top_k", sampling.TopK, 0, MaxTopK);
        Limit.Count("sampling.penalty_window", sampling.PenaltyWindow, 0, MaxPenaltyWindow);
        Limit.Range("sampling.typical_p", sampling.HasTypicalP, sampling.TypicalP, float.Epsilon, 1);
        CheckPhrases(sampling);
        Limit.Count("sampling.logit_bias", sampling.LogitBias.Count, 0, MaxLogitBias);
        foreach (var (token, bias) in sampling.LogitBias)
        {
            Limit.Range(string.Create(CultureInfo.InvariantCulture, $"sampling.logit_bias[{token}]"), isSet: true, bias, -100, 100);
        }
    }

    /// <summary>Refuses to tell more probabilities than it may.</summary>
    public static void Check(LogprobOptions? logprobs) => Limit.Count("logprobs.top", logprobs?.Top ?? 0, 0, MaxTopLogprobs);

    /// <summary>Refuses stop options outside their limits.</summary>
    public static void Check(StopOptions? stop)
    {
        if (stop is null)
        {
            return;
        }

        Limit.Count("stop.max_tokens", stop.MaxTokens, 0, MaxTokens);
        Limit.Count("stop.sequences", stop.Sequences.Count, 0, MaxStopSequences);
        for (var i = 0; i < stop.Sequences.Count; i++)
        {
            Limit.Length($"stop.sequences[{i}]", stop.Sequences[i], 1, MaxStopCharacters);
        }
    }

    /// <summary>Refuses ways of taking a turn, of guessing and of constraining that this release does not know.</summary>
    public static void Check(ScheduleOptions? schedule, Drafting drafting, OutputConstraint? constraint)
    {
        if (schedule is not null && !Enum.IsDefined(schedule.Priority))
        {
            throw Limit.Refuse("schedule.priority", "is not known", "interactive or batch");
        }

        if (!Enum.IsDefined(drafting))
        {
            throw Limit.Refuse("drafting", "is not known", "automatic or off");
        }

        ConstraintLimits.Check(constraint);
    }

    /// <summary>Refuses texts that cannot be embedded.</summary>
    public static void Check(EmbedRequest request)
    {
        Limit.Count("inputs", request.Inputs.Count, 1, MaxInputs);
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            if (request.Inputs[i].Length == 0)
            {
                throw Limit.Refuse($"inputs[{i}]", "is empty", "at least one character");
            }
        }
    }

    private static void CheckPhrases(SamplingOptions sampling)
    {
        Limit.Range("sampling.dry_multiplier", sampling.HasDryMultiplier, sampling.DryMultiplier, 0, 10);
        Limit.Range("sampling.dry_base", sampling.HasDryBase, sampling.DryBase, 1, 4);
        Limit.Count("sampling.dry_allowed_length", sampling.HasDryAllowedLength ? sampling.DryAllowedLength : 1, 1, MaxDryAllowedLength);
        Limit.Count("sampling.dry_window", sampling.DryWindow, 0, MaxDryWindow);
        Limit.Count("sampling.dry_breakers", sampling.DryBreakers.Count, 0, MaxDryBreakers);
        for (var i = 0; i < sampling.DryBreakers.Count; i++)
        {
            Limit.Length($"sampling.dry_breakers[{i}]", sampling.DryBreakers[i], 1, MaxDryBreakerCharacters);
        }
    }

    /// <summary>Refuses documents that cannot be scored.</summary>
    public static void Check(RerankRequest request)
    {
        if (request.Query.Length == 0)
        {
            throw Limit.Refuse("query", "is empty", "at least one character");
        }

        Limit.Count("documents", request.Documents.Count, 1, MaxDocuments);
        for (var i = 0; i < request.Documents.Count; i++)
        {
            if (request.Documents[i].Length == 0)
            {
                throw Limit.Refuse($"documents[{i}]", "is empty", "at least one character");
            }
        }
    }
}
