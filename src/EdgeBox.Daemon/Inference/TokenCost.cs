using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>What requests cost in tokens: guessed before they run, known when they end.</summary>
internal static class TokenCost
{
    /// <summary>Tokens that an answer is guessed to have at most.</summary>
    public const int GuessedAnswer = 512;

    /// <summary>No request costs more than this, whatever a worker says.</summary>
    public const double Most = 1 << 24;

    /// <summary>A token is guessed to be this many characters.</summary>
    private const double CharactersPerToken = 3;

    /// <summary>A request that the engine does no step for.</summary>
    private const double Little = 1;

    /// <summary>What a request is charged when it is handed to the worker.</summary>
    public static double Estimate(Wire.Command command) => Math.Clamp(command.CommandCase switch
    {
        Wire.Command.CommandOneofCase.Generate => Characters(command.Generate) / CharactersPerToken + Answer(command.Generate.MaxTokens),
        Wire.Command.CommandOneofCase.Embed => command.Embed.Inputs.Sum(input => (double)input.Length) / CharactersPerToken,
        Wire.Command.CommandOneofCase.Rerank =>
            command.Rerank.Documents.Sum(document => (double)document.Length + command.Rerank.Query.Length) / CharactersPerToken,
        _ => Little,
    }, Little, Most);

    /// <summary>What it really cost, by the event that ended it. Tokens that were still known cost nothing.</summary>
    public static double Used(Wire.Event end) => Math.Clamp(end.EventCase switch
    {
        Wire.Event.EventOneofCase.Finished =>
            Math.Max(0, (double)end.Finished.PromptTokens - end.Finished.CachedTokens) + end.Finished.CompletionTokens,
        Wire.Event.EventOneofCase.Embedded => end.Embedded.PromptTokens,
        Wire.Event.EventOneofCase.Reranked => end.Reranked.PromptTokens,
        _ => Little,
    }, Little, Most);

    private static double Characters(Wire.Generate generate) => generate.InputCase == Wire.Generate.InputOneofCase.Conversation
        ? generate.Conversation.Turns.Sum(Characters)
            + generate.Conversation.Tools.Sum(tool => (double)tool.Name.Length + tool.Description.Length + tool.Parameters.Length)
        : generate.Prompt.Length;

    private static double Characters(Wire.Turn turn) =>
        (double)turn.Text.Length + turn.Reasoning.Length + turn.Calls.Sum(call => (double)call.Name.Length + call.Arguments.Length);

    private static double Answer(uint maxTokens) => maxTokens == 0 ? GuessedAnswer : Math.Min(maxTokens, GuessedAnswer);
}
