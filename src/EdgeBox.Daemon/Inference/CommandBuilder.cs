using System.Security.Cryptography;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Turns checked requests into commands for a worker; the defaults of the public contract are filled in here.</summary>
internal static class CommandBuilder
{
    private static readonly string[] s_dryBreakers = ["\n", ":", "\"", "*"];

    /// <summary>A conversation to continue.</summary>
    public static Wire.Generate Generate(ChatRequest request, Claim claim)
    {
        var conversation = new Wire.Conversation();
        foreach (var message in request.Messages)
        {
            conversation.Turns.Add(new Wire.Turn
            {
                Role = message.Role switch { ChatRole.System => "system", ChatRole.Assistant => "assistant", _ => "user" },
                Text = message.Parts.Count == 1 ? message.Parts[0].Text : string.Concat(message.Parts.Select(part => part.Text)),
            });
        }

        return Generate(request.Sampling, request.Stop, request.Logprobs, generate => generate.Conversation = conversation)
            .Under(claim, request.Drafting, request.Constraint);
    }

    /// <summary>A text to continue.</summary>
    public static Wire.Generate Generate(CompleteRequest request, Claim claim) =>
        Generate(request.Sampling, request.Stop, request.Logprobs, generate => generate.Prompt = request.Prompt)
            .Under(claim, request.Drafting, request.Constraint);

    /// <summary>Adds who asks, and how the answer is to be made.</summary>
    private static Wire.Generate Under(this Wire.Generate generate, Claim claim, Drafting drafting, OutputConstraint? constraint)
    {
        generate.CacheDomain = claim.Identity; // What one has asked speeds up nobody else's answers, and so tells nobody that it was asked.
        generate.Deterministic = claim.Deterministic;
        generate.Draft = drafting != Drafting.Off;
        generate.Grammar = constraint?.Grammar ?? "";
        return generate;
    }

    private static Wire.Generate Generate(SamplingOptions? sampling, StopOptions? stop, LogprobOptions? logprobs, Action<Wire.Generate> setInput)
    {
        var generate = new Wire.Generate
        {
            MaxTokens = stop?.MaxTokens ?? 0,
            Sampling = Sampling(sampling ?? new SamplingOptions()),
            Logprobs = logprobs is not null,
            TopLogprobs = logprobs?.Top ?? 0,
        };
        if (stop is not null)
        {
            generate.Stop.AddRange(stop.Sequences);
        }

        setInput(generate);
        return generate;
    }

    private static Wire.Sampling Sampling(SamplingOptions given) => new()
    {
        Temperature = given.HasTemperature ? given.Temperature : 0.7f,
        TopK = given.HasTopK ? given.TopK : 40,
        TopP = given.HasTopP ? given.TopP : 0.95f,
        MinP = given.HasMinP ? given.MinP : 0.05f,
        Seed = given.HasSeed ? given.Seed : (uint)RandomNumberGenerator.GetInt32(int.MaxValue),
        RepetitionPenalty = given.HasRepetitionPenalty ? given.RepetitionPenalty : 1,
        PresencePenalty = given.PresencePenalty,
        FrequencyPenalty = given.FrequencyPenalty,
        PenaltyWindow = given.HasPenaltyWindow ? given.PenaltyWindow : 64,
        TypicalP = given.HasTypicalP ? given.TypicalP : 1,
        DryMultiplier = given.DryMultiplier,
        DryBase = given.HasDryBase ? given.DryBase : 1.75f,
        DryAllowedLength = given.HasDryAllowedLength ? given.DryAllowedLength : 2,
        DryWindow = given.HasDryWindow ? given.DryWindow : 4096,
        DryBreakers = { given.DryBreakers.Count > 0 ? given.DryBreakers : s_dryBreakers },
        LogitBias = { given.LogitBias },
    };
}
