using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Formats;

/// <summary>What a client was told of a call that the model made.</summary>
internal sealed record ToldCall(string Id, string Name, string Arguments);

/// <summary>What a client was told of an answer, put together.</summary>
internal sealed record Told(string Reasoning, string Preamble, string Answer, IReadOnlyList<ToldCall> Calls, IReadOnlyList<AttemptJudged> Attempts, GenerationFinished Finished)
{
    public FinishReason Reason => Finished.Reason;

    public static async Task<Told> OfAsync(RunningBox box, ChatRequest request)
    {
        var texts = new Dictionary<V1.Channel, StringBuilder>();
        var calls = new List<ToldCall>();
        var attempts = new List<AttemptJudged>();
        GenerationFinished? finished = null;
        using var call = box.Inference.Chat(request, deadline: BoxExtensions.Deadline);
        await foreach (var said in call.ResponseStream.ReadAllAsync())
        {
            switch (said.EventCase)
            {
                case ChatResponse.EventOneofCase.Delta:
                    if (!texts.TryGetValue(said.Delta.Channel, out var text))
                    {
                        texts[said.Delta.Channel] = text = new StringBuilder();
                    }

                    text.Append(said.Delta.Text);
                    break;
                case ChatResponse.EventOneofCase.ToolCall when said.ToolCall.Id.Length > 0:
                    Assert.Equal(calls.Count, (int)said.ToolCall.Index);
                    calls.Add(new ToldCall(said.ToolCall.Id, said.ToolCall.Name, said.ToolCall.Arguments));
                    break;
                case ChatResponse.EventOneofCase.ToolCall:
                    calls[^1] = calls[^1] with { Arguments = calls[^1].Arguments + said.ToolCall.Arguments };
                    break;
                case ChatResponse.EventOneofCase.Attempt:
                    attempts.Add(said.Attempt);
                    break;
                case ChatResponse.EventOneofCase.Finished:
                    finished = said.Finished;
                    break;
            }
        }

        string Of(V1.Channel channel) => texts.GetValueOrDefault(channel)?.ToString() ?? "";
        return new Told(Of(V1.Channel.Reasoning), Of(V1.Channel.Preamble), Of(V1.Channel.Answer), calls, attempts, finished!);
    }
}
