using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.V1;
using Grpc.Core;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The wire face of inference: checks, hands over to the model's host, translates back.</summary>
internal sealed class InferenceService(ModelDoor door, AnswerPath path, InferenceMetrics metrics, TimeProvider time)
    : V1.InferenceService.InferenceServiceBase
{
    public override async Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        RequestLimits.Check(request);
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, AliasesFor(request.Task), context.CancellationToken);
        var answers = path.Chat(served, request, ClaimOf(context, request.Schedule), context.CancellationToken);
        await TellAsync(served.Model, context, answer => responseStream.WriteAsync(Response(answer)), answers);
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
        using var measured = metrics.Begin(served.Model);
        var response = await AnswerPath.EmbedAsync(served, request, ClaimOf(context), context.CancellationToken);
        measured.NoteDone("Embedded", response.Usage);
        return response;
    }

    public override async Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context)
    {
        RequestLimits.Check(request);
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, [BuiltInAliases.Rerank], context.CancellationToken);
        using var measured = metrics.Begin(served.Model);
        var response = await AnswerPath.RerankAsync(served, request, ClaimOf(context), context.CancellationToken);
        measured.NoteDone("Ranked", response.Usage);
        return response;
    }

    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        using var served = await door.ResolveAsync(request.Model, context.GetCaller().Identity, AliasesFor(), context.CancellationToken);
        var tokenize = new Wire.Tokenize { Text = request.Text, AddSpecial = request.AddSpecial };
        var said = await AnswerPath.AskAsync(served, id =>
        {
            tokenize.Request = id;
            return new Wire.Command { Tokenize = tokenize };
        }, ClaimOf(context), context.CancellationToken);
        var response = new TokenizeResponse { Model = served.Model };
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
}
