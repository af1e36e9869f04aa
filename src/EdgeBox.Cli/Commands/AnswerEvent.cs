using System.Runtime.CompilerServices;
using EdgeBox.V1;
using Google.Protobuf;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>An event of an answer, of a chat or of a completion; one of them is set, or none for a kind that this release does not know.</summary>
internal sealed record AnswerEvent(
    IMessage Raw, GenerationWaiting? Waiting, GenerationStarted? Started, TextDelta? Delta, GenerationFinished? Finished,
    ToolCallDelta? Call = null, AttemptJudged? Attempt = null)
{
    /// <summary>The events of a chat.</summary>
    public static IAsyncEnumerable<AnswerEvent> Of(AsyncServerStreamingCall<ChatResponse> call, CancellationToken cancellation)
        => ReadAsync(call, r => new AnswerEvent(r, r.Waiting, r.Started, r.Delta, r.Finished, r.ToolCall, r.Attempt), cancellation);

    /// <summary>The events of a completion.</summary>
    public static IAsyncEnumerable<AnswerEvent> Of(AsyncServerStreamingCall<CompleteResponse> call, CancellationToken cancellation)
        => ReadAsync(call, r => new AnswerEvent(r, r.Waiting, r.Started, r.Delta, r.Finished), cancellation);

    private static async IAsyncEnumerable<AnswerEvent> ReadAsync<T>(
        AsyncServerStreamingCall<T> call, Func<T, AnswerEvent> map, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using (call)
        {
            while (await call.ResponseStream.MoveNext(cancellation))
            {
                yield return map(call.ResponseStream.Current);
            }
        }
    }
}
