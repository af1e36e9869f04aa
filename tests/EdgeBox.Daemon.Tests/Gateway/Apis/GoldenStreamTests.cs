using System.Runtime.CompilerServices;
using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway;
using EdgeBox.Daemon.Gateway.Anthropic;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Gateway.OpenAi;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Tests.Gateway.Apis;

/// <summary>The exact bytes of streams, as clients of each API get them: golden/NAME.sse. EDGEBOX_WRITE_GOLDEN=1 writes the files; look at what changed.</summary>
public sealed class GoldenStreamTests : IDisposable
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";
    private const string Weather = "{\"city\": \"ရန်ကုန်\"}";

    private static readonly (int, string[]) s_thought = (1, ["Somebody ", "asks."]);
    private static readonly (int, string[]) s_text = (0, ["Good ", "morning: ", "བཀྲ་ཤིས།"]);

    private readonly MemoryStream _body = new();
    private readonly DefaultHttpContext _context = new();

    public GoldenStreamTests() => _context.Response.Body = _body;

    public void Dispose() => _body.Dispose();

    [Fact]
    public Task Chat_Text_AsItWas() => ChatAsync("chat-text", "", Said.Events([s_text], FinishReason.Stop));

    [Fact]
    public Task Chat_ThinkingTextAndUsage_AsItWas() =>
        ChatAsync("chat-reasoning-usage", ""","stream_options":{"include_usage":true}""", Said.Events([s_thought, s_text], FinishReason.Stop));

    [Fact]
    public Task Chat_OneCall_AsItWas() => ChatAsync("chat-call", "", Said.Events([s_thought, (3, ["", "{\"city\": ", "\"ရန်ကုန်\"}"])], FinishReason.Stop));

    [Fact]
    public Task Chat_PreambleAndTwoCalls_AsItWas() =>
        ChatAsync("chat-calls", "", Said.Events([(2, ["I look."]), (3, [Weather]), (3, ["{\"city\":", "\"Lhasa\"}"])], FinishReason.Stop));

    [Fact]
    public Task Chat_JsonSchema_AsItWas() => ChatAsync(
        "chat-schema", ""","response_format":{"type":"json_schema","json_schema":{"name":"place","schema":SCHEMA}}""".Replace("SCHEMA", Schema, StringComparison.Ordinal),
        Said.Events([(2, ["I look first."]), (0, ["{\"city\":", "\"Lhasa\"}"])], FinishReason.Stop));

    [Fact]
    public Task Chat_StopSequence_AsItWas() => ChatAsync("chat-stop", ""","stop":["halt"]""", Said.Events([(0, ["Go on, "])], FinishReason.StopSequence));

    [Fact]
    public Task Chat_CutShort_AsItWas() => ChatAsync("chat-length", "", Said.Events([(0, ["Go on, ", "and on"])], FinishReason.Length));

    [Fact]
    public Task Chat_ErrorInMidStream_AsItWas() => ChatAsync("chat-error", "", Said.Events([s_text], FinishReason.Stop)[..2], fails: true);

    [Fact]
    public Task Chat_WaitingFirst_AsItWas() => ChatAsync("chat-waiting", "",
    [
        new Answer(null, null, null, new GenerationWaiting { Position = 2, Estimate = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)) }),
        .. Said.Events([(0, ["Yes."])], FinishReason.Stop),
    ]);

    [Fact]
    public Task Response_Text_AsItWas() => RespondAsync("response-text", "", Said.Events([s_text], FinishReason.Stop));

    [Fact]
    public Task Response_ThinkingCallAndText_AsItWas() =>
        RespondAsync("response-calls", "", Said.Events([s_thought, (3, [Weather]), (3, ["{}"])], FinishReason.Stop));

    [Fact]
    public Task Response_Summary_AsItWas() =>
        RespondAsync("response-summary", ""","reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content"]""", Said.Events([s_thought, s_text], FinishReason.Stop));

    [Fact]
    public Task Response_CutShort_AsItWas() => RespondAsync("response-length", "", Said.Events([(0, ["Go on"])], FinishReason.Length));

    [Fact]
    public Task Response_ErrorInMidStream_AsItWas() => RespondAsync("response-error", "", Said.Events([s_text], FinishReason.Stop)[..2], fails: true);

    [Fact]
    public Task Message_Text_AsItWas() => MessageAsync("message-text", "", Said.Events([s_thought, s_text], FinishReason.Stop));

    [Fact]
    public Task Message_Thinking_AsItWas() =>
        MessageAsync("message-thinking", ""","thinking":{"type":"enabled","budget_tokens":1024}""", Said.Events([s_thought, s_text], FinishReason.Stop));

    [Fact]
    public Task Message_TextAndTwoCalls_AsItWas() =>
        MessageAsync("message-calls", "", Said.Events([(2, ["I look."]), (3, ["", "{\"city\": ", "\"Lhasa\"}"]), (3, ["{}"])], FinishReason.Stop));

    [Fact]
    public Task Message_StopSequence_AsItWas() => MessageAsync("message-stop", ""","stop_sequences":["halt"]""", Said.Events([(0, ["Go on, "])], FinishReason.StopSequence));

    [Fact]
    public Task Message_ErrorInMidStream_AsItWas() => MessageAsync("message-error", "", Said.Events([s_text], FinishReason.Stop)[..2], fails: true);

    private async Task ChatAsync(string name, string more, IReadOnlyList<Answer> events, bool fails = false)
    {
        var call = Said.Read("""{"messages":[{"role":"user","content":"x"}],"stream":true""" + more + "}", ChatCompletionBody.Read);
        Arrive(GatewayStyle.OpenAi);
        using var writer = new SseWriter(_context);
        var stream = new ChatCompletionStream(writer.Frames, new AnswerHead("chatcmpl-1", Said.Head.Created), call);
        await TellAsync(writer, events, fails, answer => stream.Take(0, answer));
        if (!fails)
        {
            stream.End();
            await writer.FlushAsync();
        }

        Check(name);
    }

    private async Task RespondAsync(string name, string more, IReadOnlyList<Answer> events, bool fails = false)
    {
        var call = Said.Read("""{"input":"x","stream":true""" + more + "}", ResponseBody.Read);
        Arrive(GatewayStyle.OpenAi);
        ResponseStream? stream = null;
        using var writer = new SseWriter(_context)
        {
            OnError = (events, error) =>
            {
                stream!.Fail(error.Failure);
                return events.FlushAsync();
            },
        };
        stream = new ResponseStream(writer.Frames, Said.Head, call);
        await TellAsync(writer, events, fails, answer => stream.Take(answer));
        Check(name);
    }

    private async Task MessageAsync(string name, string more, IReadOnlyList<Answer> events, bool fails = false)
    {
        var call = Said.Read("""{"max_tokens":100,"messages":[{"role":"user","content":"x"}],"stream":true""" + more + "}", MessagesBody.Read);
        Arrive(GatewayStyle.Anthropic);
        using var writer = new SseWriter(_context);
        var stream = new MessageStream(writer.Frames, new AnswerHead("msg_1", Said.Head.Created), call);
        await TellAsync(writer, events, fails, answer => stream.Take(answer));
        Check(name);
    }

    private void Arrive(GatewayStyle style) => _context.Features.Set(new GatewayCaller("req_1", style, null, new Asker("x")));

    private static async Task TellAsync(SseWriter writer, IReadOnlyList<Answer> events, bool fails, Action<Answer> take)
    {
        foreach (var answer in events)
        {
            await AnswerDesk.TellAsync(writer, answer, () => take(answer));
        }

        if (fails)
        {
            await writer.FailAsync(new GatewayError(new FailureException(ErrorReason.WorkerLost, "The worker of models/m died.", ("model", "models/m"))));
        }
    }

    private void Check(string name, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "golden", name + ".sse");
        var text = Encoding.UTF8.GetString(_body.ToArray());
        if (System.Environment.GetEnvironmentVariable("EDGEBOX_WRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }
}
