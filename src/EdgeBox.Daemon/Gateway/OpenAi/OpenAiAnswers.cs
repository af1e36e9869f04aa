using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Answers /v1/chat/completions, /v1/completions and /v1/responses.</summary>
internal sealed class OpenAiAnswers(AnswerDesk desk, TimeProvider time)
{
    /// <summary>POST /v1/chat/completions.</summary>
    public async Task ChatAsync(HttpContext context)
    {
        var call = await desk.ReadAsync(context, ChatCompletionBody.Read);
        var head = AnswerHead.New("chatcmpl-", time);
        var requests = Enumerable.Range(0, (int)call.Choices).Select(i => i == 0 ? call.Request : Another(call.Request, (uint)i)).ToList();
        if (call.Streams)
        {
            var events = new SseWriter(context);
            await using var heartbeat = new Heartbeat(events, time);
            var stream = new ChatCompletionStream(events.Frames, head, call);
            await desk.ChatAsync(requests, call.Names, call.OneCall, context, (i, answer) => AnswerDesk.TellAsync(events, answer, () => stream.Take(i, answer)));
            stream.End();
            await events.FlushAsync();
            return;
        }

        var choices = requests.ConvertAll(_ => new WholeAnswer(call.Request.Constraint is not null));
        await desk.ChatAsync(requests, call.Names, call.OneCall, context, (i, answer) => Take(choices[i], answer));
        await context.WriteJsonAsync(StatusCodes.Status200OK, json => ChatCompletionWriter.Write(json, head, choices, call.Request.Logprobs is not null));
    }

    /// <summary>POST /v1/completions.</summary>
    public async Task CompleteAsync(HttpContext context)
    {
        var call = await desk.ReadAsync(context, CompletionBody.Read);
        var head = AnswerHead.New("cmpl-", time);
        if (call.Streams)
        {
            var events = new SseWriter(context);
            await using var heartbeat = new Heartbeat(events, time);
            var stream = new CompletionStream(events.Frames, head, call);
            await desk.CompleteAsync(call.Requests, call.Names, context, (i, answer) => AnswerDesk.TellAsync(events, answer, () => stream.Take(i, answer)));
            stream.End();
            await events.FlushAsync();
            return;
        }

        var choices = call.Requests.Select(_ => new WholeAnswer(constrained: false)).ToList();
        await desk.CompleteAsync(call.Requests, call.Names, context, (i, answer) => Take(choices[i], answer));
        await context.WriteJsonAsync(StatusCodes.Status200OK, json => CompletionWriter.Write(json, head, call, choices));
    }

    /// <summary>POST /v1/responses.</summary>
    public async Task RespondAsync(HttpContext context)
    {
        var call = await desk.ReadAsync(context, ResponseBody.Read);
        var head = AnswerHead.New(ResponseWriter.IdKind, time);
        if (call.Streams)
        {
            ResponseStream? stream = null;
            var events = new SseWriter(context)
            {
                OnError = (writer, error) =>
                {
                    stream!.Fail(error.Failure);
                    return writer.FlushAsync();
                },
            };
            stream = new ResponseStream(events.Frames, head, call);
            await using var heartbeat = new Heartbeat(events, time);
            await desk.ChatAsync([call.Request], call.Names, call.OneCall, context, (_, answer) => AnswerDesk.TellAsync(events, answer, () => stream.Take(answer)));
            return;
        }

        var whole = new WholeAnswer(call.Request.Constraint is not null);
        await desk.ChatAsync([call.Request], call.Names, call.OneCall, context, (_, answer) => Take(whole, answer));
        await context.WriteJsonAsync(StatusCodes.Status200OK, json => new ResponseWriter(head, call).Write(json, whole));
    }

    private static Task Take(WholeAnswer whole, Inference.AnswerReader.Answer answer)
    {
        whole.Take(answer);
        return Task.CompletedTask;
    }

    private static ChatRequest Another(ChatRequest request, uint number)
    {
        var other = request.Clone();
        Seeds.Shift(other.Sampling, number);
        return other;
    }
}
