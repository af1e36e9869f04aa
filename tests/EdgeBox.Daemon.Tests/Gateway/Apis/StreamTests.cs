using System.Text.Json;
using CsCheck;
using EdgeBox.Daemon.Gateway.Anthropic;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Gateway.OpenAi;
using EdgeBox.Testing;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Tests.Gateway.Apis;

/// <summary>What a stream tells adds up to what is told whole, whatever the answer and however it came in pieces.</summary>
public sealed class StreamTests
{
    [Fact]
    public void ChatStream_AnyAnswer_AddsUpToTheWhole() => Said.Answers.Sample(events =>
    {
        var call = new ChatCompletionCall(new ChatRequest(), new WireNames()) { Streams = true, TellsUsage = true };
        var stream = Said.Stream(frames =>
        {
            var writer = new ChatCompletionStream(frames, Said.Head, call);
            events.ForEach(said => writer.Take(0, said));
            writer.End();
        });
        var whole = Said.Json(json => ChatCompletionWriter.Write(json, Said.Head, [Said.Whole(events)], logprobs: false));

        var (content, thought, calls, reason) = ("", "", new List<(string Id, string Name, string Arguments)>(), "");
        foreach (var choice in stream.Where(one => one.Data.ValueKind == JsonValueKind.Object).SelectMany(one => one.Data.GetProperty("choices").EnumerateArray()))
        {
            var delta = choice.GetProperty("delta");
            content += Text(delta, "content");
            thought += Text(delta, "reasoning_content");
            reason = choice.GetProperty("finish_reason").GetString() ?? reason;
            if (delta.TryGetProperty("tool_calls", out var told))
            {
                var function = told[0].GetProperty("function");
                var index = told[0].GetProperty("index").GetInt32();
                if (index == calls.Count)
                {
                    calls.Add((told[0].GetProperty("id").GetString()!, function.GetProperty("name").GetString()!, ""));
                }

                calls[index] = calls[index] with { Arguments = calls[index].Arguments + Text(function, "arguments") };
            }
        }

        var message = whole.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(Text(message, "content"), content);
        Assert.Equal(Text(message, "reasoning_content"), thought);
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), reason);
        Assert.Equal(
            message.TryGetProperty("tool_calls", out var all)
                ? all.EnumerateArray().Select(one => (Text(one, "id"), Text(one.GetProperty("function"), "name"), Text(one.GetProperty("function"), "arguments")))
                : [], calls);
        Assert.Equal(JsonValueKind.Undefined, stream[^1].Data.ValueKind);
        Assert.Equal(whole.GetProperty("usage").GetRawText(), stream[^2].Data.GetProperty("usage").GetRawText());
        Assert.Empty(stream[^2].Data.GetProperty("choices").EnumerateArray());
    }, iter: Tries.Of(2000));

    [Fact]
    public void ResponseStream_AnyAnswer_EndsWithTheWholeAndItsItemsAddUp() => Said.Answers.Sample(events =>
    {
        var call = Said.Read("""{"input":"x","stream":true}""", ResponseBody.Read);
        var stream = Said.Stream(frames =>
        {
            var writer = new ResponseStream(frames, Said.Head, call);
            events.ForEach(said => writer.Take(said));
        });
        var whole = Said.Json(json => new ResponseWriter(Said.Head, call).Write(json, Said.Whole(events)));

        Assert.Equal(whole.GetRawText(), stream[^1].Data.GetProperty("response").GetRawText());
        Assert.Equal(Enumerable.Range(0, stream.Count), stream.Select(one => one.Data.GetProperty("sequence_number").GetInt32()));
        Assert.All(stream, one => Assert.Equal(one.Name, one.Data.GetProperty("type").GetString()));
        Assert.Equal(
            whole.GetProperty("output").EnumerateArray().Select(item => item.GetRawText()),
            stream.Where(one => one.Name == "response.output_item.done").Select(one => one.Data.GetProperty("item").GetRawText()));
        foreach (var item in whole.GetProperty("output").EnumerateArray().Select((item, index) => (item, index)))
        {
            var deltas = stream.Where(one => one.Name!.EndsWith(".delta", StringComparison.Ordinal) && one.Data.GetProperty("output_index").GetInt32() == item.index)
                .Select(one => Text(one.Data, "delta"));
            Assert.Equal(item.item.TryGetProperty("arguments", out var arguments) ? arguments.GetString() : Text(item.item.GetProperty("content")[0], "text"), string.Concat(deltas));
        }
    }, iter: Tries.Of(2000));

    [Theory]
    [InlineData(ThinkingView.None)]
    [InlineData(ThinkingView.Shown)]
    [InlineData(ThinkingView.Kept)]
    internal void MessageStream_AnyAnswer_AddsUpToTheWhole(ThinkingView view) => Said.Answers.Sample(events =>
    {
        var call = new MessagesCall(new ChatRequest(), new WireNames()) { Streams = true, Thinking = view };
        var stream = Said.Stream(frames =>
        {
            var writer = new MessageStream(frames, Said.Head, call);
            events.ForEach(said => writer.Take(said));
        });
        var whole = Said.Json(json => MessageWriter.Write(json, Said.Head, call, Said.Whole(events)));

        Assert.Equal(("message_start", "message_stop"), (stream[0].Name, stream[^1].Name));
        var told = new List<string>();
        foreach (var (name, data) in stream.Where(one => one.Name!.StartsWith("content_block", StringComparison.Ordinal)))
        {
            switch (name)
            {
                case "content_block_start":
                    Assert.Equal(told.Count, data.GetProperty("index").GetInt32());
                    told.Add(data.GetProperty("content_block").GetProperty("type").GetString() + ":");
                    break;
                case "content_block_delta":
                    Assert.Equal(told.Count - 1, data.GetProperty("index").GetInt32());
                    var delta = data.GetProperty("delta");
                    told[^1] += Text(delta, "text") + Text(delta, "thinking") + Text(delta, "signature");
                    break;
                default:
                    break;
            }
        }

        Assert.Equal(whole.GetProperty("content").EnumerateArray()
            .Select(block => $"{Text(block, "type")}:{Text(block, "text")}{Text(block, "thinking")}{Text(block, "signature")}"), told);
        var end = stream[^2].Data;
        Assert.Equal(Text(whole, "stop_reason"), Text(end.GetProperty("delta"), "stop_reason"));
        Assert.Equal(whole.GetProperty("usage").GetRawText(), end.GetProperty("usage").GetRawText());
    }, iter: Tries.Of(1000));

    [Fact]
    public void ChatStream_ConstrainedAnswer_HoldsNothingButTheAnswer()
    {
        var events = Said.Events([(2, ["I look first."]), (0, ["{}"])], FinishReason.Stop);

        var message = Said.Json(json => ChatCompletionWriter.Write(json, Said.Head, [Said.Whole(events, constrained: true)], logprobs: false))
            .GetProperty("choices")[0].GetProperty("message");

        Assert.Equal(("{}", "I look first."), (Text(message, "content"), Text(message, "reasoning_content")));
    }

    [Fact]
    public async Task FirstCall_TwoCalls_EndsBeforeTheSecond()
    {
        var told = new List<Answer>();
        var stopped = 0;
        var first = new EdgeBox.Daemon.Gateway.Answers.FirstCall(said =>
        {
            told.Add(said);
            return Task.CompletedTask;
        }, () => stopped++);

        foreach (var said in Said.Events([(1, ["hm"]), (3, ["{", "}"]), (3, ["{}"])], FinishReason.Stop))
        {
            await first.TakeAsync(said);
        }

        Assert.Equal((true, 1), (first.IsOver, stopped));
        var whole = Said.Whole(told);
        Assert.Equal("{}", Assert.Single(whole.Parts, part => part.Tool.Length > 0).Text.ToString());
        Assert.Equal((FinishReason.ToolCalls, 7u, 3u), (whole.Events.Finished!.Reason, whole.Events.Finished.Usage.PromptTokens, whole.Events.Finished.Usage.CompletionTokens));
    }

    private static string Text(JsonElement holder, string name) => holder.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
