using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Tells a worker's refusal in the public vocabulary.</summary>
internal static class Refusals
{
    /// <summary>The failure that a client is told.</summary>
    public static FailureException From(Wire.Refused? refused, string model)
    {
        if (refused is null)
        {
            return new FailureException(ErrorReason.WorkerLost, $"The worker of {model} said something that was not asked.", ("model", model));
        }

        var tokens = refused.PromptTokens.ToString(CultureInfo.InvariantCulture);
        var limit = refused.LimitTokens.ToString(CultureInfo.InvariantCulture);
        return refused.Kind switch
        {
            Wire.RefusalKind.PromptTooLong => new FailureException(ErrorReason.PromptTooLong,
                $"The prompt has {tokens} tokens; {model} takes at most {limit}. Nothing was cut off: shorten it, or load the model with a larger context.",
                ("model", model), ("prompt_tokens", tokens), ("limit_tokens", limit)),
            Wire.RefusalKind.ChatNotSupported => new FailureException(ErrorReason.ChatNotSupported,
                $"{model} brings no conversation format that the box knows. Complete works.", ("model", model)),
            Wire.RefusalKind.EmbeddingsNotSupported => new FailureException(ErrorReason.EmbeddingsNotSupported,
                $"{model} makes no embeddings.", ("model", model)),
            Wire.RefusalKind.RerankNotSupported => new FailureException(ErrorReason.RerankNotSupported,
                $"{model} does not score documents.", ("model", model)),
            Wire.RefusalKind.EmptyPrompt => new FailureException(ErrorReason.InvalidArgument,
                $"The prompt is empty, and {model} has no token for the beginning of a text.", ("field", "prompt"), ("limit", "at least one character")),
            Wire.RefusalKind.TokenUnknown => new FailureException(ErrorReason.InvalidArgument,
                $"sampling.logit_bias names a token that {model} lacks: {refused.Detail}.",
                ("field", "sampling.logit_bias"), ("limit", "tokens of the model's vocabulary"), ("model", model)),
            Wire.RefusalKind.GrammarInvalid => new FailureException(ErrorReason.InvalidArgument,
                $"constraint.grammar is no grammar that can be followed: {refused.Detail}",
                ("field", "constraint.grammar"), ("limit", "GBNF with a rule root"), ("detail", refused.Detail)),
            _ => new FailureException(ErrorReason.WorkerLost, $"The engine failed in a step: {refused.Detail}", ("model", model)),
        };
    }
}
