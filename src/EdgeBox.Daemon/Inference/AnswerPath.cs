using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The one way from a judged request to the worker of a model and back: clients' requests and acceptance cases take it alike.</summary>
internal sealed class AnswerPath(TaskRegistry tasks, ToldDate date)
{
    /// <summary>Has a model continue a conversation, by its task if it names one, until its checks pass if it has some.</summary>
    /// <param name="served">The model.</param>
    /// <param name="request">Judged by <see cref="RequestLimits"/>.</param>
    /// <param name="claim">Who asks, and how it takes its turn.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="watch">Sees the events of every attempt as they come; null: nobody does.</param>
    public IAsyncEnumerable<Answer> Chat(
        LeasedModel served, ChatRequest request, Claim claim, CancellationToken cancellation, Func<IAsyncEnumerable<Answer>, IAsyncEnumerable<Answer>>? watch = null)
    {
        var asked = Defaults.Fill(tasks.Apply(served.Model, request, served.Manifest), served.Manifest);
        var checks = CheckSet.Prepare(asked.Checks, CheckedAnswers.InputOf(asked));
        var today = date.Today;
        var seed = asked.Sampling is { HasSeed: true } sampling ? sampling.Seed : CommandBuilder.FreshSeed();
        return checks.Count == 0 ? Read(asked, 0) : new CheckedAnswers(Read, checks).ReadAsync(asked, cancellation);

        IAsyncEnumerable<Answer> Read(ChatRequest conversation, uint addedToSeed)
        {
            var generate = CommandBuilder.Generate(conversation, claim, today);
            generate.Sampling.Seed = unchecked(seed + addedToSeed);
            var events = AnswerReader.ReadAsync(served.Host, served.Model, generate, claim, cancellation);
            return watch is null ? events : watch(events);
        }
    }

    /// <summary>Counts the tokens of a conversation as a model reads it, with its task, tools and form of answer; nothing is answered.</summary>
    public async Task<uint> CountAsync(LeasedModel served, ChatRequest request, Claim claim, CancellationToken cancellation)
    {
        var asked = Defaults.Fill(tasks.Apply(served.Model, request, served.Manifest), served.Manifest);
        var tokenize = new Wire.Tokenize { PromptOf = CommandBuilder.Generate(asked, claim, date.Today) };
        var said = await AskAsync(served, id =>
        {
            tokenize.Request = id;
            return new Wire.Command { Tokenize = tokenize };
        }, claim, cancellation);
        return said.Tokenized.Count;
    }

    /// <summary>Has a model make vectors.</summary>
    public static async Task<EmbedResponse> EmbedAsync(LeasedModel served, EmbedRequest request, Claim claim, CancellationToken cancellation)
    {
        var embed = new Wire.Embed { Inputs = { request.Inputs } };
        var said = await AskAsync(served, id =>
        {
            embed.Request = id;
            return new Wire.Command { Embed = embed };
        }, claim, cancellation);
        var response = new EmbedResponse { Model = served.Model, Usage = new Usage { PromptTokens = said.Embedded.PromptTokens } };
        foreach (var vector in said.Embedded.Vectors)
        {
            response.Embeddings.Add(new Embedding { Values = { vector.Values } });
        }

        return response;
    }

    /// <summary>Has a model rank documents.</summary>
    public static async Task<RerankResponse> RerankAsync(LeasedModel served, RerankRequest request, Claim claim, CancellationToken cancellation)
    {
        var rerank = new Wire.Rerank { Query = request.Query, Documents = { request.Documents } };
        var said = await AskAsync(served, id =>
        {
            rerank.Request = id;
            return new Wire.Command { Rerank = rerank };
        }, claim, cancellation);
        return new RerankResponse
        {
            Model = served.Model,
            Documents = { Ranking.Best(said.Reranked.Scores, request.TopN) },
            Usage = new Usage { PromptTokens = said.Reranked.PromptTokens },
        };
    }

    /// <summary>Asks for something that has one answer.</summary>
    public static async Task<Wire.Event> AskAsync(LeasedModel served, Func<ulong, Wire.Command> build, Claim claim, CancellationToken cancellation)
    {
        var job = await served.Host.SubmitAsync(build, claim, cancellation);
        var ended = false;
        try
        {
            var said = await job.Events.ReadAsync(cancellation);
            ended = true;
            return said.EventCase switch
            {
                Wire.Event.EventOneofCase.Embedded or Wire.Event.EventOneofCase.Reranked or Wire.Event.EventOneofCase.Tokenized => said,
                _ => throw Refusals.From(said.Refused, served.Model),
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
                await served.Host.CancelAsync(job);
            }
        }
    }
}
