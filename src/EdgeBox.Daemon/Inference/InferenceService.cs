using EdgeBox.Daemon.Access;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Inference;

/// <summary>The wire face of inference: hands over to the desk and translates back.</summary>
internal sealed class InferenceService(InferenceDesk desk) : V1.InferenceService.InferenceServiceBase
{
    public override Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context) =>
        desk.ChatAsync(request, AskerOf(context), answer => responseStream.WriteAsync(answer switch
        {
            { Started: { } started } => new ChatResponse { Started = started },
            { Delta: { } delta } => new ChatResponse { Delta = delta },
            { Waiting: { } waiting } => new ChatResponse { Waiting = waiting },
            { Call: { } call } => new ChatResponse { ToolCall = call },
            { Attempt: { } attempt } => new ChatResponse { Attempt = attempt },
            _ => new ChatResponse { Finished = answer.Finished },
        }), context.CancellationToken);

    public override Task Complete(CompleteRequest request, IServerStreamWriter<CompleteResponse> responseStream, ServerCallContext context) =>
        desk.CompleteAsync(request, AskerOf(context), answer => responseStream.WriteAsync(answer switch
        {
            { Started: { } started } => new CompleteResponse { Started = started },
            { Delta: { } delta } => new CompleteResponse { Delta = delta },
            { Waiting: { } waiting } => new CompleteResponse { Waiting = waiting },
            _ => new CompleteResponse { Finished = answer.Finished },
        }), context.CancellationToken);

    public override Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context) =>
        desk.EmbedAsync(request, AskerOf(context), context.CancellationToken);

    public override Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context) =>
        desk.RerankAsync(request, AskerOf(context), context.CancellationToken);

    public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context) =>
        desk.TokenizeAsync(request, AskerOf(context), context.CancellationToken);

    private static Asker AskerOf(ServerCallContext context) => new(context.GetCaller().Identity);
}
