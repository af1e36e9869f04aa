using System.Security.Cryptography;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Turns checked requests into commands for a worker; the defaults of the public contract are filled in here.</summary>
internal static class CommandBuilder
{
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

        return Generate(request.Sampling, request.Stop, generate => generate.Conversation = conversation)
            .Under(claim, request.Drafting, request.Constraint);
    }

    /// <summary>A text to continue.</summary>
    public static Wire.Generate Generate(CompleteRequest request, Claim claim) =>
        Generate(request.Sampling, request.Stop, generate => generate.Prompt = request.Prompt)
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

    private static Wire.Generate Generate(SamplingOptions? sampling, StopOptions? stop, Action<Wire.Generate> setInput)
    {
        var given = sampling ?? new SamplingOptions();
        var generate = new Wire.Generate
        {
            MaxTokens = stop?.MaxTokens ?? 0,
            Sampling = new Wire.Sampling
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
            },
        };
        if (stop is not null)
        {
            generate.Stop.AddRange(stop.Sequences);
        }

        setInput(generate);
        return generate;
    }
}
