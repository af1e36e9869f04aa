using System.Diagnostics;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A box, asked over gRPC.</summary>
internal sealed class AskedBox(Target target) : IAsked
{
    private readonly GrpcChannel _channel = target.Identity is null ? Channels.Unix(target.Address) : Channels.Tls(target.Address, target.Identity);

    /// <inheritdoc/>
    public async Task WarmUpAsync(int connections) =>
        await new ApplianceService.ApplianceServiceClient(_channel).GetStatusAsync(new GetStatusRequest());

    /// <inheritdoc/>
    public async Task AskAsync(Ask ask, Answer answer, CancellationToken cancellation)
    {
        answer.Asked = Stopwatch.GetTimestamp();
        try
        {
            using var call = new InferenceService.InferenceServiceClient(_channel).Complete(RequestOf(target.Model, ask), cancellationToken: cancellation);
            while (await call.ResponseStream.MoveNext(cancellation))
            {
                Note(call.ResponseStream.Current, answer);
            }
        }
        catch (RpcException e) when (cancellation.IsCancellationRequested || e.StatusCode == StatusCode.Cancelled)
        {
            answer.Complete = false;
        }
        catch (RpcException e)
        {
            answer.Problem = $"{e.StatusCode}: {e.Status.Detail}";
        }
    }

    /// <summary>What is sent for a request.</summary>
    public static CompleteRequest RequestOf(string model, Ask ask) => new()
    {
        Model = model,
        Prompt = ask.Prompt,
        Sampling = ask.Temperature == 0
            ? new SamplingOptions { Temperature = 0, Seed = ask.Seed }
            : new SamplingOptions { Temperature = ask.Temperature, TopK = 0, TopP = 1, MinP = 0, Seed = ask.Seed },
        Stop = new StopOptions { MaxTokens = (uint)ask.Tokens },
        Drafting = ask.Draft ? Drafting.Automatic : Drafting.Off,
        Constraint = ask.Grammar.Length > 0 ? new OutputConstraint { Grammar = ask.Grammar } : null,
    };

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static void Note(CompleteResponse response, Answer answer)
    {
        var now = Stopwatch.GetTimestamp();
        switch (response.EventCase)
        {
            case CompleteResponse.EventOneofCase.Started:
                answer.Started = now;
                break;
            case CompleteResponse.EventOneofCase.Delta:
                answer.Add(now, (int)response.Delta.Tokens);
                break;
            case CompleteResponse.EventOneofCase.Finished:
                var usage = response.Finished.Usage;
                answer.Ended = now;
                answer.Complete = true;
                (answer.Tokens, answer.Drafted, answer.Accepted) =
                    ((int)usage.CompletionTokens, (int)usage.DraftedTokens, (int)usage.AcceptedTokens);
                break;
        }
    }
}
