using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using Grpc.Core;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The wire face of inference: checks, hands over to the model's host, translates back.</summary>
internal sealed class InferenceService(ModelDoor door, TaskRegistry tasks, InferenceMetrics metrics, ToldDate date, TimeProvider time)
    : V1.InferenceService.InferenceServiceBase
{
    public override async Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        RequestLimits.Check(request);
        var claim = ClaimOf(context, request.Schedule);
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, AliasesFor(request.Task), context.CancellationToken);
        var (model, host) = (served.Model, served.Host);
        var asked = Defaults.Fill(tasks.Apply(model, request, served.Manifest), served.Manifest);
        var checks = CheckSet.Prepare(asked.Checks, CheckedAnswers.InputOf(asked));
        var today = date.Today;
        var seed = asked.Sampling is { HasSeed: true } sampling ? sampling.Seed : CommandBuilder.FreshSeed();
        await TellAsync(model, context, answer => responseStream.WriteAsync(Response(answer)),
            checks.Count == 0 ? Read(asked, 0) : new CheckedAnswers(Read, checks).ReadAsync(asked, context.CancellationToken));

        IAsyncEnumerable<AnswerReader.Answer> Read(ChatRequest conversation, uint addedToSeed)
        {
            var generate = CommandBuilder.Generate(conversation, claim, today);
            generate.Sampling.Seed = unchecked(seed + addedToSeed);
            return AnswerReader.ReadAsync(host, model, generate, claim, context.CancellationToken);
        }
    }

    public override async Task Complete(CompleteRequest request, IServerStreamWriter<CompleteResponse> responseStream, ServerCallContext context)
    {
        RequestLimits.Check(request);
        var claim = ClaimOf(context, request.Schedule);
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, AliasesFor(), context.CancellationToken);
        var (model, host) = (served.Model, served.Host);
        var generate = CommandBuilder.Generate(Defaults.Fill(request, served.Manifest), claim);
        await TellAsync(model, context, answer => responseStream.WriteAsync(answer switch
        {
            { Started: { } started } => new CompleteResponse { Started = started },
            { Delta: { } delta } => new CompleteResponse { Delta = delta },
            { Waiting: { } waiting } => new CompleteResponse { Waiting = waiting },
            _ => new CompleteResponse { Finished = answer.Finished },
        }), AnswerReader.ReadAsync(host, model, generate, claim, context.CancellationToken));
    }

    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        RequestLimits.Check(request);
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, [BuiltInAliases.Embed], context.CancellationToken);
        var (model, host) = (served.Model, served.Host);
        var embed = new Wire.Embed { Inputs = { request.Inputs } };
        var said = await AskAsync(host, model, id =>
        {
            embed.Request = id;
            return new Wire.Command { Embed = embed };
        }, ClaimOf(context), context.CancellationToken);
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
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, [BuiltInAliases.Rerank], context.CancellationToken);
        var (model, host) = (served.Model, served.Host);
        var rerank = new Wire.Rerank { Query = request.Query, Documents = { request.Documents } };
        var said = await AskAsync(host, model, id =>
        {
            rerank.Request = id;
            return new Wire.Command { Rerank = rerank };
        }, ClaimOf(context), context.CancellationToken);
        return new RerankResponse
        {
            Model = model,
            Documents = { Ranking.Best(said.Reranked.Scores, request.TopN) },
            Usage = new Usage { PromptTokens = said.Reranked.PromptTokens },
        };
    }

    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, AliasesFor(), context.CancellationToken);
        var (model, host) = (served.Model, served.Host);
        var tokenize = new Wire.Tokenize { Text = request.Text, AddSpecial = request.AddSpecial };
        var said = await AskAsync(host, model, id =>
        {
            tokenize.Request = id;
            return new Wire.Command { Tokenize = tokenize };
        }, ClaimOf(context), context.CancellationToken);
        var response = new TokenizeResponse { Model = model };
        for (var i = 0; i < Math.Min(said.Tokenized.Ids.Count, said.Tokenized.Pieces.Count); i++)
        {
            response.Tokens.Add(new Token { Id = said.Tokenized.Ids[i], Piece = said.Tokenized.Pieces[i] });
        }

        return response;
    }

    /// <summary>The aliases that are meant where a request names no model. A task may have a model of its own, by an alias of its name.</summary>
    private static string[] AliasesFor(TaskChoice? task = null) => task is null ? [BuiltInAliases.Chat] : [task.Name, BuiltInAliases.Chat];

    private static Claim ClaimOf(ServerCallContext context, ScheduleOptions? schedule = null) => new(
        context.GetCaller().Identity, schedule?.Priority == Priority.Batch, schedule?.Deterministic ?? false);

    private static ChatResponse Response(AnswerReader.Answer answer) => answer switch
    {
        { Started: { } started } => new ChatResponse { Started = started },
        { Delta: { } delta } => new ChatResponse { Delta = delta },
        { Waiting: { } waiting } => new ChatResponse { Waiting = waiting },
        { Call: { } call } => new ChatResponse { ToolCall = call },
        { Attempt: { } attempt } => new ChatResponse { Attempt = attempt },
        _ => new ChatResponse { Finished = answer.Finished },
    };

    private async Task TellAsync(
        string model, ServerCallContext context, Func<AnswerReader.Answer, Task> write, IAsyncEnumerable<AnswerReader.Answer> answers)
    {
        using var measured = metrics.Begin(model);
        try
        {
            await foreach (var answer in answers.WithCancellation(context.CancellationToken))
            {
                measured.Note(answer);
                var writing = write(answer);
                if (!writing.IsCompletedSuccessfully)
                {
                    await WaitForReaderAsync(writing, context.CancellationToken);
                }
            }
        }
        catch (FailureException failure) when (failure.Reason == ErrorReason.ClientTooSlow)
        {
            measured.NoteDropped();
            throw;
        }
    }

    private async Task WaitForReaderAsync(Task writing, CancellationToken cancellation)
    {
        try
        {
            await writing.WaitAsync(ModelHost.ReadPatience, time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new FailureException(ErrorReason.ClientTooSlow,
                $"The answer was given up: nothing of it was read for {ModelHost.ReadPatience.TotalSeconds} seconds.");
        }
    }

    /// <summary>Asks for something that has one answer.</summary>
    private static async Task<Wire.Event> AskAsync(
        ModelHost host, string model, Func<ulong, Wire.Command> build, Claim claim, CancellationToken cancellation)
    {
        var job = await host.SubmitAsync(build, claim, cancellation);
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
