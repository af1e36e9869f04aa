using System.Globalization;
using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>What came of one run of a case.</summary>
/// <param name="Verdicts">Everything that was judged.</param>
/// <param name="Answer">What was answered.</param>
internal sealed record CaseOutcome(IReadOnlyList<CheckVerdict> Verdicts, string Answer)
{
    /// <summary>If it could not be run: why.</summary>
    public FailureException? Problem { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public ulong PromptTokens { get; init; }

    /// <summary>Tokens made.</summary>
    public ulong CompletionTokens { get; init; }

    /// <summary>0 if there was nothing to measure.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>Null if there was none.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>Whether it passed.</summary>
    public bool Passed => Problem is null && Verdicts.All(verdict => verdict.Passed);
}

/// <summary>Runs one case once, by the way that clients' requests take, after those that somebody waits for.</summary>
internal sealed class CaseRun(AnswerPath path, TimeProvider time)
{
    /// <summary>How much of an answer and of a prompt is kept.</summary>
    public const int MaxTextCharacters = 4096;

    private static readonly Claim s_claim = new("acceptance", Batch: true);

    /// <summary>Runs it.</summary>
    public Task<CaseOutcome> RunAsync(LeasedModel served, AcceptanceCase asked, CancellationToken cancellation) => asked switch
    {
        { Chat: { } chat } => ChatAsync(served, asked, chat, cancellation),
        { Embed: { } embed } => EmbedAsync(served, embed, cancellation),
        _ => RerankAsync(served, asked.Rerank, cancellation),
    };

    /// <summary>What was asked, in short: the last message, the first text, or the query.</summary>
    public static string PromptOf(AcceptanceCase asked) => Cut(asked switch
    {
        { Chat: { } chat } => string.Concat(chat.Messages[^1].Parts.Select(part => part.Text)),
        { Embed: { } embed } => embed.Inputs[0],
        _ => asked.Rerank.Query,
    });

    /// <summary>The beginning of a text; no half of a surrogate pair is left of it.</summary>
    public static string Cut(string text, int most = MaxTextCharacters) => text.Length <= most ? text
        : text[..(most > 0 && char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    private async Task<CaseOutcome> ChatAsync(LeasedModel served, AcceptanceCase asked, ChatRequest chat, CancellationToken cancellation)
    {
        var watch = new AnswerWatch(time);
        var claim = s_claim with { Deterministic = chat.Schedule?.Deterministic ?? false };
        var answer = new StringBuilder();
        GenerationFinished? finished = null;
        await foreach (var said in path.Chat(served, chat, claim, cancellation, watch.WatchAsync))
        {
            finished = said.Finished ?? finished;
            var text = said switch
            {
                { Delta: { Channel: Channel.Answer } delta } => delta.Text,
                { Call: { } call } => call.Name.Length > 0 ? $"{(answer.Length > 0 ? "\n" : "")}-> {call.Name} {call.Arguments}" : call.Arguments,
                _ => "",
            };
            answer.Append(Cut(text, MaxTextCharacters - answer.Length));
        }

        if (finished is null)
        {
            throw new FailureException(ErrorReason.Cancelled, "The answer was cancelled.");
        }

        return new CaseOutcome([.. Verdicts(chat, finished), .. SpeedVerdicts(asked, watch)], answer.ToString())
        {
            PromptTokens = watch.PromptTokens, CompletionTokens = watch.CompletionTokens, TokensPerSecond = watch.TokensPerSecond, FirstToken = watch.FirstToken,
        };
    }

    private static IReadOnlyList<CheckVerdict> Verdicts(ChatRequest chat, GenerationFinished finished) => finished switch
    {
        { Verification: { } verification } => [.. verification.Verdicts],
        { Reason: FinishReason.ToolCalls } when chat.Checks.Count > 0 => [Verdict("an answer", "a tool was called in place of an answer, so that nothing could be checked")],
        _ => [],
    };

    private static IEnumerable<CheckVerdict> SpeedVerdicts(AcceptanceCase asked, AnswerWatch watch)
    {
        if (asked.LeastTokensPerSecond > 0)
        {
            yield return Verdict("speed", watch.TokensPerSecond >= asked.LeastTokensPerSecond ? null
                : string.Create(CultureInfo.InvariantCulture, $"{watch.TokensPerSecond:0.0} tokens per second; at least {asked.LeastTokensPerSecond:0.###} are wanted"));
        }

        if (asked.LongestFirstToken?.ToTimeSpan() is { } longest)
        {
            yield return Verdict("time to first token", watch.FirstToken switch
            {
                null => "there was no token",
                { } took when took > longest => string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.###} seconds; at most {longest.TotalSeconds:0.###} are wanted"),
                _ => null,
            });
        }
    }

    private static async Task<CaseOutcome> EmbedAsync(LeasedModel served, EmbedRequest embed, CancellationToken cancellation)
    {
        var response = await AnswerPath.EmbedAsync(served, embed, s_claim, cancellation);
        var length = (int)(served.Host.Snapshot.Loaded?.EmbeddingLength ?? 0);
        return new CaseOutcome(VectorVerdicts.Of(embed.Inputs, [.. response.Embeddings.Select(embedding => embedding.Values)], length),
            string.Create(CultureInfo.InvariantCulture, $"{response.Embeddings.Count} × {(response.Embeddings.Count > 0 ? response.Embeddings[0].Values.Count : 0)}"))
        {
            PromptTokens = response.Usage.PromptTokens,
        };
    }

    private static async Task<CaseOutcome> RerankAsync(LeasedModel served, RerankRequest rerank, CancellationToken cancellation)
    {
        var all = rerank.Clone();
        all.TopN = 0;
        var response = await AnswerPath.RerankAsync(served, all, s_claim, cancellation);
        var first = response.Documents[0].Index;
        var scores = response.Documents.Take(8).Select(document => string.Create(CultureInfo.InvariantCulture, $"{document.Index}: {document.Score:0.####}"));
        return new CaseOutcome(
            [Verdict("document 0 first", first == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"document {first} was ranked before it"))],
            string.Join(", ", scores)) { PromptTokens = response.Usage.PromptTokens };
    }

    private static CheckVerdict Verdict(string name, string? problem) => VectorVerdicts.Verdict(name, problem);
}
