namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>What one or several answers to the same question cost together.</summary>
/// <param name="Prompt">Tokens of the question.</param>
/// <param name="Cached">How many of them the box still knew.</param>
/// <param name="Made">Tokens made.</param>
/// <param name="Reasoning">How many of them were thinking.</param>
internal readonly record struct AnswerCost(long Prompt, long Cached, long Made, long Reasoning)
{
    /// <summary>Of an answer.</summary>
    public static AnswerCost Of(Pieces answer) => answer.Finished?.Usage is { } usage
        ? new(usage.PromptTokens, usage.CachedPromptTokens, usage.CompletionTokens, answer.ReasoningTokens)
        : new(answer.Started?.PromptTokens ?? 0, 0, 0, answer.ReasoningTokens);

    /// <summary>Of several: they have one question.</summary>
    public static AnswerCost Of(IEnumerable<Pieces> answers) => answers.Select(Of).Aggregate(default(AnswerCost), (sum, next) => new(
        Math.Max(sum.Prompt, next.Prompt), Math.Max(sum.Cached, next.Cached), sum.Made + next.Made, sum.Reasoning + next.Reasoning));
}
