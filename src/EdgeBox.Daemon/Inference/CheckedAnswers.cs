using System.Runtime.CompilerServices;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Inference;

/// <summary>Has a model answer until its answer passes the checks of the request, or its attempts are used up; each attempt is told what was wrong.</summary>
/// <param name="read">Has the model answer a conversation, with so much added to the seed.</param>
/// <param name="checks">What the answer must be like.</param>
internal sealed class CheckedAnswers(Func<ChatRequest, uint, IAsyncEnumerable<Answer>> read, CheckSet checks)
{
    /// <summary>How often the model may try if the request does not say.</summary>
    public const uint UsualAttempts = 3;

    /// <summary>How often it may try at most.</summary>
    public const uint MaxAttempts = 8;

    private readonly AttemptTotals _totals = new();
    private Attempt? _best;

    /// <summary>The events of the answer: waiting and started of each attempt, what became of those that failed, and then the one that counts.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="cancellation">Ends the attempt that is under way, and makes no other.</param>
    public async IAsyncEnumerable<Answer> ReadAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var most = request.Attempts == 0 ? UsualAttempts : request.Attempts;
        var input = InputOf(request);
        var conversation = request;
        for (var number = 1u; ; number++)
        {
            var attempt = new Attempt();
            await using var events = read(conversation, number - 1).GetAsyncEnumerator(cancellation);
            while (await NextAsync(events, number))
            {
                if (events.Current is { Waiting: not null } or { Started: not null })
                {
                    yield return events.Current;
                }

                attempt.Take(events.Current);
            }

            if (attempt.Finished is not { } finished)
            {
                break; // What was wrong no longer fits into the context.
            }

            _totals.Add(finished);
            if (finished.Reason == FinishReason.ToolCalls)
            {
                (_best, attempt.Verdicts) = (attempt, null);
                break;
            }

            attempt.Verdicts = checks.Judge(attempt.Answer, input);
            _best = _best is null || attempt.Passed > _best.Passed ? attempt : _best;
            if (attempt.Passed == checks.Count || number >= most)
            {
                break;
            }

            yield return new Answer(null, null, null, Attempt: new AttemptJudged { Attempt = number, Verdicts = { attempt.Verdicts } });
            conversation = Again(request, attempt);
        }

        if (_best is null)
        {
            yield break; // It was ended from outside before anything was judged.
        }

        foreach (var said in _best.Said())
        {
            yield return said;
        }

        yield return new Answer(null, null, _totals.Finish(_best, checks.Count));
    }

    /// <summary>What an answer is judged against: the text of the last message of the user.</summary>
    public static string InputOf(ChatRequest request) => request.Messages.LastOrDefault(message => message.Role == ChatRole.User) is { } asked
        ? string.Concat(asked.Parts.Select(part => part.Text))
        : "";

    /// <summary>The next event; none if an attempt after the first does not fit into the context.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<Answer> events, uint number)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (FailureException failure) when (number > 1 && failure.Reason == ErrorReason.PromptTooLong)
        {
            return false;
        }
    }

    /// <summary>The conversation with the answer that failed, and what was wrong with it. Of several only the last is told, and none of its thinking.</summary>
    private static ChatRequest Again(ChatRequest request, Attempt failed)
    {
        var problems = failed.Verdicts!.Where(verdict => !verdict.Passed).Select(verdict => $"- {verdict.Problem}\n");
        var again = request.Clone();
        if (failed.Answer.Length > 0)
        {
            again.Messages.Add(Message(ChatRole.Assistant, failed.Answer));
        }

        again.Messages.Add(Message(ChatRole.User,
            "Your answer was checked, and this is wrong with it:\n" + string.Concat(problems)
            + "Answer the request again, in full and with this put right. Write only the new answer: no apology and no remark on the changes."));
        return again;
    }

    private static ChatMessage Message(ChatRole role, string text) => new() { Role = role, Parts = { new ContentPart { Text = text } } };
}
