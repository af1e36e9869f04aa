using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Tells a worker's refusal in the public vocabulary.</summary>
internal static class Refusals
{
    /// <summary>The failure that a client is told.</summary>
    /// <param name="refused">What the worker said; null if it said something else.</param>
    /// <param name="model">"models/NAME".</param>
    /// <param name="asked">What was asked, if that was an answer.</param>
    /// <param name="formatProblem">Why the model has no conversation format, as far as that is known.</param>
    public static FailureException From(Wire.Refused? refused, string model, Wire.Generate? asked = null, string? formatProblem = null)
    {
        if (refused is null)
        {
            return new FailureException(ErrorReason.WorkerLost, $"The worker of {model} said something that was not asked.", ("model", model));
        }

        var detail = Plausible.OneLine(refused.Detail);
        return refused.Kind switch
        {
            Wire.RefusalKind.PromptTooLong => TooLong(refused, model),
            Wire.RefusalKind.ChatNotSupported => NoChat(model, detail.Length > 0 ? detail : Plausible.OneLine(formatProblem ?? "")),
            Wire.RefusalKind.FeatureNotSupported => new FailureException(ErrorReason.NotSupported,
                $"{model} cannot do what was asked: {detail}", ("model", model), ("detail", detail)),
            Wire.RefusalKind.EmbeddingsNotSupported => new FailureException(ErrorReason.EmbeddingsNotSupported,
                $"{model} makes no embeddings.", ("model", model)),
            Wire.RefusalKind.RerankNotSupported => new FailureException(ErrorReason.RerankNotSupported,
                $"{model} does not score documents.", ("model", model)),
            Wire.RefusalKind.EmptyPrompt => new FailureException(ErrorReason.InvalidArgument,
                $"The prompt is empty, and {model} has no token for the beginning of a text.", ("field", "prompt"), ("limit", "at least one character")),
            Wire.RefusalKind.TokenUnknown => new FailureException(ErrorReason.InvalidArgument,
                $"sampling.logit_bias names a token that {model} lacks: {detail}.",
                ("field", "sampling.logit_bias"), ("limit", "tokens of the model's vocabulary"), ("model", model)),
            Wire.RefusalKind.GrammarInvalid => NotFollowed(FieldOf(asked, detail), detail),
            _ => new FailureException(ErrorReason.WorkerLost, $"The engine failed in a step: {detail}", ("model", model)),
        };
    }

    private static FailureException TooLong(Wire.Refused refused, string model)
    {
        var tokens = refused.PromptTokens.ToString(CultureInfo.InvariantCulture);
        var limit = refused.LimitTokens.ToString(CultureInfo.InvariantCulture);
        return new FailureException(ErrorReason.PromptTooLong,
            $"The prompt has {tokens} tokens; {model} takes at most {limit}. Nothing was cut off: shorten it, or load the model with a larger context.",
            ("model", model), ("prompt_tokens", tokens), ("limit_tokens", limit));
    }

    private static FailureException NoChat(string model, string why) => why.Length == 0
        ? new FailureException(ErrorReason.ChatNotSupported, $"{model} brings no conversation format that the box knows. Complete works.", ("model", model))
        : new FailureException(ErrorReason.ChatNotSupported,
            $"{model} brings no conversation format that the box knows: {why.TrimEnd('.')}. Complete works.", ("model", model), ("format_problem", why));

    private static FailureException NotFollowed((string Field, string What, string Limit) asked, string detail) => new(ErrorReason.InvalidArgument,
        $"{asked.Field} is no {asked.What} that can be followed: {detail}", ("field", asked.Field), ("limit", asked.Limit), ("detail", detail));

    /// <summary>What of a request the worker could not follow. A detail that begins with "tool" speaks of a tool's schema.</summary>
    private static (string Field, string What, string Limit) FieldOf(Wire.Generate? asked, string detail)
    {
        const string schemas = "a JSON Schema as docs/formats.md describes it";
        var ofTools = asked?.Conversation?.Tools.Count > 0 && detail.StartsWith("tool", StringComparison.OrdinalIgnoreCase);
        return asked switch
        {
            { JsonSchema: not null } when !ofTools => ("constraint.json_schema", "schema", schemas),
            { Regex.Length: > 0 } when !ofTools => ("constraint.regex", "regular expression", "a regular expression as docs/formats.md describes it"),
            { Choices.Count: > 0 } when !ofTools => ("constraint.choices", "list of texts", "texts that the model can write"),
            { Grammar.Length: 0, Conversation.Tools.Count: > 0 } => ("tools", "list of tools", schemas),
            _ when ofTools => ("tools", "list of tools", schemas),
            _ => ("constraint.grammar", "grammar", "GBNF with a rule root"),
        };
    }
}
