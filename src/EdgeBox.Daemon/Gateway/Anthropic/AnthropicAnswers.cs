using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Answers /v1/messages and /v1/messages/count_tokens.</summary>
internal sealed class AnthropicAnswers(AnswerDesk desk, InferenceDesk inference, TimeProvider time)
{
    /// <summary>POST /v1/messages.</summary>
    public async Task MessageAsync(HttpContext context)
    {
        var call = await desk.ReadAsync(context, MessagesBody.Read);
        var head = AnswerHead.New(MessageJson.IdKind, time);
        if (call.Streams)
        {
            var events = new SseWriter(context);
            await using var heartbeat = new Heartbeat(events, time);
            var stream = new MessageStream(events.Frames, head, call);
            await desk.ChatAsync([call.Request], call.Names, call.OneCall, context, (_, answer) => AnswerDesk.TellAsync(events, answer, () => stream.Take(answer)));
            return;
        }

        var whole = new WholeAnswer(call.Request.Constraint is not null);
        await desk.ChatAsync([call.Request], call.Names, call.OneCall, context, (_, answer) =>
        {
            whole.Take(answer);
            return Task.CompletedTask;
        });
        await context.WriteJsonAsync(StatusCodes.Status200OK, json => MessageWriter.Write(json, head, call, whole));
    }

    /// <summary>POST /v1/messages/count_tokens.</summary>
    public async Task CountAsync(HttpContext context)
    {
        var call = await desk.ReadAsync(context, MessagesBody.Read);
        try
        {
            var tokens = await inference.CountAsync(call.Request, context.GetGatewayCaller().Asker, context.RequestAborted);
            await context.WriteJsonAsync(StatusCodes.Status200OK, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("input_tokens", tokens);
                json.WriteEndObject();
            });
        }
        catch (FailureException failure)
        {
            throw call.Names.Translate(failure);
        }
    }
}
