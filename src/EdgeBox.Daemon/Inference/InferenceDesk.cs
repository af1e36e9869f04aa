using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The one desk for whatever is asked of models: judged, led to its model, answered, measured. gRPC and the gateway are its clients alike.</summary>
internal sealed class InferenceDesk(ModelDoor door, AnswerPath path, InferenceMetrics metrics, TimeProvider time)
{
    /// <summary>Continues a conversation.</summary>
    /// <param name="request">Judged here.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="tell">Tells the client one event; while it does not end, nothing more is read, and after a while the answer is given up.</param>
    /// <param name="cancellation">The client's; its slot is free at the model's next step.</param>
    public async Task ChatAsync(ChatRequest request, Asker asker, Func<AnswerReader.Answer, Task> tell, CancellationToken cancellation)
    {
        RequestLimits.Check(request);
        using var served = await ResolveAsync(request.Model, asker, AliasesFor(request.Task), cancellation);
        await TellAsync(served.Model, asker, tell, path.Chat(served, request, ClaimOf(asker, request.Schedule), cancellation), cancellation);
    }

    /// <summary>Continues a text; otherwise as <see cref="ChatAsync"/>.</summary>
    public async Task CompleteAsync(CompleteRequest request, Asker asker, Func<AnswerReader.Answer, Task> tell, CancellationToken cancellation)
    {
        RequestLimits.Check(request);
        var claim = ClaimOf(asker, request.Schedule);
        using var served = await ResolveAsync(request.Model, asker, AliasesFor(), cancellation);
        var generate = CommandBuilder.Generate(Defaults.Fill(request, served.Manifest), claim);
        await TellAsync(served.Model, asker, tell, AnswerReader.ReadAsync(served.Host, served.Model, generate, claim, cancellation), cancellation);
    }

    /// <summary>Makes vectors.</summary>
    public async Task<EmbedResponse> EmbedAsync(EmbedRequest request, Asker asker, CancellationToken cancellation)
    {
        RequestLimits.Check(request);
        using var served = await ResolveAsync(request.Model, asker, [BuiltInAliases.Embed], cancellation);
        using var measured = metrics.Begin(served.Model, asker.Charge);
        var response = await AnswerPath.EmbedAsync(served, request, ClaimOf(asker), cancellation);
        measured.NoteDone("Embedded", response.Usage);
        return response;
    }

    /// <summary>Puts documents in order.</summary>
    public async Task<RerankResponse> RerankAsync(RerankRequest request, Asker asker, CancellationToken cancellation)
    {
        RequestLimits.Check(request);
        using var served = await ResolveAsync(request.Model, asker, [BuiltInAliases.Rerank], cancellation);
        using var measured = metrics.Begin(served.Model, asker.Charge);
        var response = await AnswerPath.RerankAsync(served, request, ClaimOf(asker), cancellation);
        measured.NoteDone("Ranked", response.Usage);
        return response;
    }

    /// <summary>Counts the tokens of a conversation as its model would read it.</summary>
    public async Task<uint> CountAsync(ChatRequest request, Asker asker, CancellationToken cancellation)
    {
        RequestLimits.Check(request);
        using var served = await ResolveAsync(request.Model, asker, AliasesFor(request.Task), cancellation);
        return await path.CountAsync(served, request, ClaimOf(asker), cancellation);
    }

    /// <summary>Cuts a text into tokens.</summary>
    public async Task<TokenizeResponse> TokenizeAsync(TokenizeRequest request, Asker asker, CancellationToken cancellation)
    {
        using var served = await ResolveAsync(request.Model, asker, AliasesFor(), cancellation);
        var tokenize = new Wire.Tokenize { Text = request.Text, AddSpecial = request.AddSpecial };
        var said = await AnswerPath.AskAsync(served, id =>
        {
            tokenize.Request = id;
            return new Wire.Command { Tokenize = tokenize };
        }, ClaimOf(asker), cancellation);
        var response = new TokenizeResponse { Model = served.Model };
        for (var i = 0; i < Math.Min(said.Tokenized.Ids.Count, said.Tokenized.Pieces.Count); i++)
        {
            response.Tokens.Add(new Token { Id = said.Tokenized.Ids[i], Piece = said.Tokenized.Pieces[i] });
        }

        return response;
    }

    /// <summary>The aliases that are meant where a request names no model. A task may have a model of its own, by an alias of its name.</summary>
    private static string[] AliasesFor(TaskChoice? task = null) => task is null ? [BuiltInAliases.Chat] : [task.Name, BuiltInAliases.Chat];

    private static Claim ClaimOf(Asker asker, ScheduleOptions? schedule = null) => new(
        asker.Identity, schedule?.Priority == Priority.Batch, schedule?.Deterministic ?? false);

    private ValueTask<LeasedModel> ResolveAsync(string asked, Asker asker, string[] unsaid, CancellationToken cancellation)
    {
        asker.Admit?.Invoke(door.Choose(asked, asker.Identity, unsaid).Name);
        return door.ResolveAsync(asked, asker.Identity, unsaid, cancellation);
    }

    private async Task TellAsync(
        string model, Asker asker, Func<AnswerReader.Answer, Task> tell, IAsyncEnumerable<AnswerReader.Answer> answers, CancellationToken cancellation)
    {
        using var measured = metrics.Begin(model, asker.Charge);
        try
        {
            await foreach (var answer in answers.WithCancellation(cancellation))
            {
                measured.Note(answer);
                var telling = tell(answer);
                if (!telling.IsCompletedSuccessfully)
                {
                    await WaitForReaderAsync(telling, cancellation);
                }
            }
        }
        catch (FailureException failure) when (failure.Reason == ErrorReason.ClientTooSlow)
        {
            measured.NoteDropped();
            throw;
        }
    }

    private async Task WaitForReaderAsync(Task telling, CancellationToken cancellation)
    {
        try
        {
            await telling.WaitAsync(ModelHost.ReadPatience, time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new FailureException(ErrorReason.ClientTooSlow,
                $"The answer was given up: nothing of it was read for {ModelHost.ReadPatience.TotalSeconds} seconds.");
        }
    }
}
