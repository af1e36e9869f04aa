using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Has the box answer what the gateway's clients ask, once or several times over, whole or event by event; refusals name what the client wrote.</summary>
internal sealed class AnswerDesk(InferenceDesk desk, BodyReader bodies)
{
    /// <summary>Asks for one answer.</summary>
    private delegate Task Ask(int index, Func<Answer, Task> tell, CancellationToken cancellation);

    /// <summary>Reads a body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="read">Makes of its outermost object what was asked.</param>
    public async Task<T> ReadAsync<T>(HttpContext context, Func<JsonField, T> read)
    {
        using var body = await bodies.ReadObjectAsync(context);
        return read(new JsonField(body.RootElement, ""));
    }

    /// <summary>Has conversations continued, at the same time, and tells each event with the number of its answer.</summary>
    public Task ChatAsync(IReadOnlyList<ChatRequest> requests, WireNames names, bool oneCall, HttpContext context, Func<int, Answer, Task> tell)
    {
        var asker = context.GetGatewayCaller().Asker;
        return AskAsync(requests.Count, names, context, tell, async (index, take, cancellation) =>
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var first = oneCall ? new FirstCall(take, enough.Cancel) : null;
            try
            {
                await desk.ChatAsync(requests[index], asker, first is null ? take : first.TakeAsync, enough.Token);
            }
            catch (OperationCanceledException) when (first is { IsOver: true } && !cancellation.IsCancellationRequested)
            {
                // As it was meant.
            }
        });
    }

    /// <summary>Has texts continued; otherwise as <see cref="ChatAsync"/>.</summary>
    public Task CompleteAsync(IReadOnlyList<CompleteRequest> requests, WireNames names, HttpContext context, Func<int, Answer, Task> tell)
    {
        var asker = context.GetGatewayCaller().Asker;
        return AskAsync(requests.Count, names, context, tell, (index, take, cancellation) => desk.CompleteAsync(requests[index], asker, take, cancellation));
    }

    /// <summary>Tells one event of a stream: a place in the line as a comment, whatever else as it is written.</summary>
    public static Task TellAsync(SseWriter events, in Answer answer, Action write)
    {
        if (answer.Waiting is { } waiting)
        {
            var about = waiting.Estimate is { } estimate ? string.Create(CultureInfo.InvariantCulture, $", about {estimate.Seconds + 1} s") : "";
            return events.CommentAsync(string.Create(CultureInfo.InvariantCulture, $"waiting, place {waiting.Position}{about}"));
        }

        write();
        return events.FlushAsync();
    }

    private static async Task AskAsync(int count, WireNames names, HttpContext context, Func<int, Answer, Task> tell, Ask ask)
    {
        try
        {
            await (count == 1 ? ask(0, answer => tell(0, answer), context.RequestAborted) : AskAllAsync(count, context, tell, ask));
        }
        catch (FailureException failure)
        {
            throw names.Translate(failure);
        }
    }

    /// <summary>Several at once, of which one speaks at a time; where one fails, all do.</summary>
    private static async Task AskAllAsync(int count, HttpContext context, Func<int, Answer, Task> tell, Ask ask)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var turn = new SemaphoreSlim(1);
        FailureException? why = null;
        await Task.WhenAll(Enumerable.Range(0, count).Select(async index =>
        {
            try
            {
                await ask(index, async answer =>
                {
                    await turn.WaitAsync(failed.Token);
                    try
                    {
                        await tell(index, answer);
                    }
                    finally
                    {
                        turn.Release();
                    }
                }, failed.Token);
            }
            catch (FailureException failure)
            {
                _ = Interlocked.CompareExchange(ref why, failure, null);
                await failed.CancelAsync();
            }
            catch (OperationCanceledException) when (why is not null)
            {
                // With the one that failed.
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }));
        if (why is not null)
        {
            throw why;
        }
    }
}
