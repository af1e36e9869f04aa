using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.V1;
using Grpc.Core;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The wire face of inference: checks, hands over to the model's host, translates back.</summary>
internal sealed class InferenceService(ModelRegistry models, InferenceMetrics metrics, TimeProvider time)
    : V1.InferenceService.InferenceServiceBase
{
    /// <summary>How long a client may leave a piece of its answer unread.</summary>
    private static readonly TimeSpan s_readPatience = TimeSpan.FromSeconds(60);

    public override Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        RequestLimits.Check(request);
        return AnswerAsync(request.Model, CommandBuilder.Generate(request), context, answer => responseStream.WriteAsync(answer switch
        {
            { Started: { } started } => new ChatResponse { Started = started },
            { Delta: { } delta } => new ChatResponse { Delta = delta },
            _ => new ChatResponse { Finished = answer.Finished },
        }));
    }

    public override Task Complete(CompleteRequest request, IServerStreamWriter<CompleteResponse> responseStream, ServerCallContext context)
    {
        RequestLimits.Check(request.Sampling);
        RequestLimits.Check(request.Stop);
        return AnswerAsync(request.Model, CommandBuilder.Generate(request), context, answer => responseStream.WriteAsync(answer switch
        {
            { Started: { } started } => new CompleteResponse { Started = started },
            { Delta: { } delta } => new CompleteResponse { Delta = delta },
            _ => new CompleteResponse { Finished = answer.Finished },
        }));
    }

    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        RequestLimits.Check(request);
        var (model, host) = await models.ResolveAsync(request.Model, context.CancellationToken);
        var embed = new Wire.Embed { Inputs = { request.Inputs } };
        var said = await AskAsync(host, model, id =>
        {
            embed.Request = id;
            return new Wire.Command { Embed = embed };
        }, context.CancellationToken);
        var response = new EmbedResponse { Model = model, Usage = new Usage { PromptTokens = said.Embedded.PromptTokens } };
        foreach (var vector in said.Embedded.Vectors)
        {
            response.Embeddings.Add(new Embedding { Values = { vector.Values } });
        }

        return response;
    }

    public override async Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context)
    {
        RequestLimits.Check(request);
        var (model, host) = await models.ResolveAsync(request.Model, context.CancellationToken);
        var rerank = new Wire.Rerank { Query = request.Query, Documents = { request.Documents } };
        var said = await AskAsync(host, model, id =>
        {
            rerank.Request = id;
            return new Wire.Command { Rerank = rerank };
        }, context.CancellationToken);
        return new RerankResponse
        {
            Model = model,
            Documents = { Ranking.Best(said.Reranked.Scores, request.TopN) },
            Usage = new Usage { PromptTokens = said.Reranked.PromptTokens },
        };
    }

    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        var (model, host) = await models.ResolveAsync(request.Model, context.CancellationToken);
        var tokenize = new Wire.Tokenize { Text = request.Text, AddSpecial = request.AddSpecial };
        var said = await AskAsync(host, model, id =>
        {
            tokenize.Request = id;
            return new Wire.Command { Tokenize = tokenize };
        }, context.CancellationToken);
        var response = new TokenizeResponse { Model = model };
        for (var i = 0; i < Math.Min(said.Tokenized.Ids.Count, said.Tokenized.Pieces.Count); i++)
        {
            response.Tokens.Add(new Token { Id = said.Tokenized.Ids[i], Piece = said.Tokenized.Pieces[i] });
        }

        return response;
    }

    private async Task AnswerAsync(string name, Wire.Generate generate, ServerCallContext context, Func<AnswerReader.Answer, Task> write)
    {
        var (model, host) = await models.ResolveAsync(name, context.CancellationToken);
        using var measured = metrics.Begin(model);
        await foreach (var answer in AnswerReader.ReadAsync(host, model, generate, context.CancellationToken))
        {
            measured.Note(answer);
            var writing = write(answer);
            if (!writing.IsCompletedSuccessfully)
            {
                await WaitForReaderAsync(writing);
            }
        }
    }

    private async Task WaitForReaderAsync(Task writing)
    {
        try
        {
            await writing.WaitAsync(s_readPatience, time);
        }
        catch (TimeoutException)
        {
            throw new FailureException(ErrorReason.ClientTooSlow,
                $"The answer was given up: nothing of it was read for {s_readPatience.TotalSeconds} seconds.");
        }
    }

    /// <summary>Asks for something that has one answer.</summary>
    private static async Task<Wire.Event> AskAsync(
        ModelHost host, string model, Func<ulong, Wire.Command> build, CancellationToken cancellation)
    {
        var job = await host.SubmitAsync(build, cancellation);
        var ended = false;
        try
        {
            var said = await job.Events.ReadAsync(cancellation);
            ended = true;
            return said.EventCase switch
            {
                Wire.Event.EventOneofCase.Embedded or Wire.Event.EventOneofCase.Reranked or Wire.Event.EventOneofCase.Tokenized => said,
                _ => throw Refusals.From(said.Refused, model),
            };
        }
        catch (System.Threading.Channels.ChannelClosedException closed) when (closed.InnerException is FailureException failure)
        {
            ended = true;
            throw failure;
        }
        finally
        {
            if (!ended)
            {
                await host.CancelAsync(job);
            }
        }
    }
}
