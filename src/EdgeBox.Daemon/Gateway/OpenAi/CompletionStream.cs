using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes answers of /v1/completions as they are made.</summary>
/// <param name="frames">Where they are written.</param>
/// <param name="head">What the whole is called.</param>
/// <param name="call">What was asked.</param>
internal sealed class CompletionStream(SseFrames frames, AnswerHead head, CompletionCall call)
{
    private readonly (Pieces Pieces, ShownTokens Shown)[] _choices = [.. call.Requests.Select(_ => (new Pieces(constrained: false), new ShownTokens()))];
    private readonly int[] _offsets = new int[call.Requests.Count];

    /// <summary>Takes an event of one of the answers.</summary>
    public void Take(int index, in Answer answer)
    {
        var (pieces, shown) = _choices[index];
        var piece = pieces.Take(answer);
        if (answer.Started is not null && call.Echoes)
        {
            Write(index, call.Requests[index].Prompt, null, pieces);
        }
        else if (piece is { } more)
        {
            Write(index, more.Text, call.Requests[index].Logprobs is null ? null : shown.Take(more.Text, more.Logprobs), pieces);
            _offsets[index] += more.Text.Length;
        }
        else if (answer.Finished is not null)
        {
            Write(index, "", null, pieces);
        }
    }

    /// <summary>Ends the stream.</summary>
    public void End()
    {
        if (call.TellsUsage)
        {
            var json = frames.Begin();
            ChatJson.Head(json, head, CompletionWriter.Kind, _choices[0].Pieces);
            json.WriteStartArray("choices");
            json.WriteEndArray();
            ChatJson.Usage(json, CompletionWriter.Cost(call, [.. _choices.Select(choice => choice.Pieces)]));
            json.WriteEndObject();
            frames.End();
        }

        frames.Done();
    }

    private void Write(int index, string text, IReadOnlyList<TokenLogprob>? tokens, Pieces pieces)
    {
        var json = frames.Begin();
        ChatJson.Head(json, head, CompletionWriter.Kind, pieces);
        json.WriteStartArray("choices");
        CompletionWriter.Choice(json, index, text, (tokens, _offsets[index]), pieces);
        json.WriteEndArray();
        if (call.TellsUsage)
        {
            json.WriteNull("usage");
        }

        json.WriteEndObject();
        frames.End();
    }
}
