using System.Security.Cryptography;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Turns checked requests into commands for a worker; the defaults of the public contract are filled in here.</summary>
internal static class CommandBuilder
{
    private static readonly string[] s_dryBreakers = ["\n", ":", "\"", "*"];

    /// <summary>A conversation to continue.</summary>
    /// <param name="request">Checked.</param>
    /// <param name="claim">Who asks.</param>
    /// <param name="date">The date that the model is told, as "2026-01-02"; empty: none.</param>
    public static Wire.Generate Generate(ChatRequest request, Claim claim, string date = "")
    {
        var conversation = new Wire.Conversation
        {
            Turns = { request.Messages.Select(Turn) },
            Tools = { request.Tools.Select(tool => new Wire.ToolSpec { Name = tool.Name, Description = tool.Description, Parameters = tool.Parameters }) },
            CallMode = request.ToolChoice?.Mode switch
            {
                ToolChoice.Types.Mode.None => Wire.CallMode.None,
                ToolChoice.Types.Mode.Required => Wire.CallMode.Required,
                _ => Wire.CallMode.Unspecified,
            },
            CalledTool = request.ToolChoice?.Tool ?? "",
            Effort = request.Effort switch
            {
                ReasoningEffort.Off => Wire.Effort.Off,
                ReasoningEffort.Low => Wire.Effort.Low,
                ReasoningEffort.Medium => Wire.Effort.Medium,
                ReasoningEffort.High => Wire.Effort.High,
                _ => Wire.Effort.Unspecified,
            },
            Date = date,
        };
        return Generate(request.Sampling, request.Stop, request.Logprobs, generate => generate.Conversation = conversation)
            .Under(claim, request.Drafting, request.Constraint);
    }

    /// <summary>A text to continue.</summary>
    public static Wire.Generate Generate(CompleteRequest request, Claim claim) =>
        Generate(request.Sampling, request.Stop, request.Logprobs, generate => generate.Prompt = request.Prompt)
            .Under(claim, request.Drafting, request.Constraint);

    /// <summary>A seed for a request that fixes none.</summary>
    public static uint FreshSeed() => (uint)RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>Adds who asks, and how the answer is to be made.</summary>
    private static Wire.Generate Under(this Wire.Generate generate, Claim claim, Drafting drafting, OutputConstraint? constraint)
    {
        generate.CacheDomain = claim.Identity; // What one has asked speeds up nobody else's answers, and so tells nobody that it was asked.
        generate.Deterministic = claim.Deterministic;
        generate.Draft = drafting != Drafting.Off;
        switch (constraint?.KindCase)
        {
            case OutputConstraint.KindOneofCase.Grammar:
                generate.Grammar = constraint.Grammar;
                break;
            case OutputConstraint.KindOneofCase.JsonSchema:
                var schema = constraint.JsonSchema;
                generate.JsonSchema = new Wire.Schema { Schema_ = schema.Schema, Name = schema.Name, Description = schema.Description };
                break;
            case OutputConstraint.KindOneofCase.Regex:
                generate.Regex = constraint.Regex;
                break;
            case OutputConstraint.KindOneofCase.Choices:
                generate.Choices.AddRange(constraint.Choices.Texts);
                break;
            default:
                break;
        }

        return generate;
    }

    private static Wire.Turn Turn(ChatMessage message) => new()
    {
        Role = message.Role switch
        {
            ChatRole.System => "system",
            ChatRole.Assistant => "assistant",
            ChatRole.Tool => "tool",
            _ => "user",
        },
        Text = message.Parts.Count == 1 ? message.Parts[0].Text : string.Concat(message.Parts.Select(part => part.Text)),
        Reasoning = message.Reasoning,
        Calls = { message.ToolCalls.Select(call => new Wire.Call { Id = call.Id, Name = call.Name, Arguments = call.Arguments }) },
        CallId = message.ToolCallId,
    };

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
        Seed = given.HasSeed ? given.Seed : FreshSeed(),
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
