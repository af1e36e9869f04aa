using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Answers /v1/embeddings and /v1/rerank.</summary>
internal sealed class OpenAiVectors(InferenceDesk desk, AnswerDesk bodies, TimeProvider time)
{
    /// <summary>POST /v1/embeddings.</summary>
    public async Task EmbedAsync(HttpContext context)
    {
        var call = await bodies.ReadAsync(context, EmbeddingCall.Read);
        var responses = new List<EmbedResponse>(call.Requests.Count);
        foreach (var request in call.Requests)
        {
            var response = await desk.EmbedAsync(request, context.GetGatewayCaller().Asker, context.RequestAborted);
            call.CheckLength(response);
            responses.Add(response);
        }

        await context.WriteJsonAsync(StatusCodes.Status200OK, json => EmbeddingWriter.Write(json, responses, call.Base64));
    }

    /// <summary>POST /v1/rerank.</summary>
    public async Task RerankAsync(HttpContext context)
    {
        var call = await bodies.ReadAsync(context, RerankCall.Read);
        var response = await desk.RerankAsync(call.Request, context.GetGatewayCaller().Asker, context.RequestAborted);
        await context.WriteJsonAsync(StatusCodes.Status200OK, json => RerankWriter.Write(json, AnswerHead.New("rerank-", time), call, response));
    }
}
