using System.Text.Json;
using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>The clients' own packages from npm, as they are, against a running box.</summary>
[Trait("Tier", "component")]
public sealed class ClientPackageTests(SharedModels models)
{
    private const string FirstCall = """<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Yangon"}""";
    private const string SecondCall = """<|start|>assistant to=functions.get_time<|channel|>final json<|message|>{"city":"Lhasa"}""";

    private static readonly string s_clients = Path.Combine(Product.Root, "tests/EdgeBox.Component.Tests/Gateway/clients");

    [Fact]
    public async Task OpenAiPackage_WhateverItCanAsk_IsAnswered()
    {
        var seen = await AskAsync("openai");

        Assert.Equal(["answering", "calling", "calling-twice", "embedding", "endless", "ranking"], Texts(seen, "models").Order(StringComparer.Ordinal));
        Assert.Equal(
            (2048, SharedModels.ScriptedAnswer, SharedModels.ScriptedAnswer), (seen.GetProperty("model").GetInt32(), Text(seen, "answer"), Text(seen, "streamed")));
        Assert.Equal(("Somebody asks.", "stop", true, true), (Text(seen, "reasoning"), Text(seen, "finish"), Flag(seen, "usage"), Flag(seen, "requestId")));
        Assert.Equal([SharedModels.ScriptedAnswer, SharedModels.ScriptedAnswer], Texts(seen, "two"));
        AssertRaw("""[["get_weather","{\"city\": \"Yangon\"}"]]""", seen, "call");
        Assert.Equal("tool_calls", Text(seen, "calledFinish"));
        AssertRaw("""[["function get_weather Yangon","function get_time Lhasa"],["function get_weather Yangon","function get_time Lhasa"]]""", seen, "calls");
        AssertRaw("""[["function get_weather Yangon"],["function get_weather Yangon"]]""", seen, "firstCall");
        AssertRaw("2", seen, "callsIds");
        Assert.Equal("boolean", Text(seen, "typed"));
        AssertRaw("3", seen, "completion");
        Assert.Equal((2, true, true), (seen.GetProperty("embeddings")[0].GetInt32(), seen.GetProperty("embeddings")[2].GetBoolean(), seen.GetProperty("embeddings")[3].GetBoolean()));
        AssertRaw("[2,true,true]", seen, "ranked");
        AssertRaw("2", seen, "afterAbort");
        AssertResponses(seen);
        AssertErrors(seen);
    }

    [Fact]
    public async Task AnthropicPackage_WhateverItCanAsk_IsAnswered()
    {
        var seen = await AskAsync("anthropic");

        Assert.True(Flag(seen, "models"));
        Assert.Equal((1, SharedModels.ScriptedAnswer), (seen.GetProperty("answer").GetArrayLength(), seen.GetProperty("answer")[0].GetProperty("text").GetString()));
        Assert.Equal(("end_turn", true, true), (Text(seen, "stop"), Flag(seen, "counted"), Flag(seen, "requestId")));
        AssertRaw("""["thinking","text"]""", seen, "thinking");
        AssertRaw("""[["get_weather",{"city":"Yangon"}]]""", seen, "call");
        Assert.Equal("tool_use", Text(seen, "calledStop"));
        const string Both = """[["get_weather",{"city":"Yangon"}],["get_time",{"city":"Lhasa"}]]""";
        AssertRaw($"[{Both},{Both}]", seen, "calls");
        AssertRaw("""[["get_weather",{"city":"Yangon"}]]""", seen, "firstCall");
        Assert.Equal("boolean", Text(seen, "typed"));
        Assert.Equal(
            [
                "NotFoundError 404 not_found_error", "NotFoundError 404 not_found_error", "BadRequestError 400 invalid_request_error", "BadRequestError 400 invalid_request_error",
                "AuthenticationError 401 authentication_error", "PermissionDeniedError 403 permission_error", "RateLimitError 429 rate_limit_error  retry-after",
            ],
            Texts(seen, "errors"));
        AssertRaw("5", seen, "aborted");
        AssertRaw("2", seen, "afterAbort");
    }

    [Fact]
    public async Task Packages_GoldenStreams_AreReadAsTheyAreMeant()
    {
        Skip();
        var ran = await Command.RunAsync(["node", Path.Combine(s_clients, "golden.mjs"), Path.Combine(Product.Root, "tests/EdgeBox.Daemon.Tests/Gateway/Apis/golden")]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        using var seen = JsonDocument.Parse(ran.Output);
        // Of a response that fails the package throws the event itself.
        const string Answer = "Good morning: བཀྲ་ཤིས།";
        Assert.Equal(
            [
                """chat-call: tool_calls||look_up({"city": "ရန်ကုန်"})""",
                """chat-calls: tool_calls|I look.|look_up({"city": "ရန်ကုန်"})|look_up({"city":"Lhasa"})""",
                "chat-error: APIError: true", "chat-length: length|Go on, and on", $"chat-reasoning-usage: stop|{Answer}",
                """chat-schema: stop|{"city":"Lhasa"}""", "chat-stop: stop|Go on, ", $"chat-text: stop|{Answer}", "chat-waiting: stop|Yes.",
                """message-calls: tool_use|I look.|look_up({"city":"Lhasa"})|look_up({})""", "message-error: APIError: true", "message-stop: stop_sequence|Go on, ",
                $"message-text: end_turn|{Answer}", $"message-thinking: end_turn|Somebody asks.|{Answer}",
                "response-calls: completed||reasoning|function_call|function_call", "response-error: Object: true", "response-length: incomplete|Go on|message",
                $"response-summary: completed|{Answer}|reasoning|message", $"response-text: completed|{Answer}|message",
            ],
            seen.RootElement.EnumerateObject().Select(file => $"{file.Name}: {file.Value.GetString()}"));
    }

    private static void AssertResponses(JsonElement seen)
    {
        Assert.Equal("completed", seen.GetProperty("response")[0].GetString());
        Assert.Equal(SharedModels.ScriptedAnswer, seen.GetProperty("response")[1].GetString());
        Assert.Equal("""["reasoning","message"]""", seen.GetProperty("response")[2].GetRawText());
        Assert.Equal([SharedModels.ScriptedAnswer, SharedModels.ScriptedAnswer], Texts(seen, "responseStreamed"));
        Assert.Equal(
            [
                "response.created", "response.in_progress",
                "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
                "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
                "response.completed",
            ],
            Texts(seen, "responseEvents"));
        AssertRaw("""[["get_weather","{\"city\": \"Yangon\"}"]]""", seen, "responseCall");
    }

    private static void AssertErrors(JsonElement seen) => Assert.Equal(
            [
                "NotFoundError 404 model_not_found -", "NotFoundError 404 model_not_found -", "NotFoundError 404 model_not_found -",
                "BadRequestError 400 invalid_value temperature", "BadRequestError 400 context_length_exceeded -", "BadRequestError 400 invalid_value previous_response_id",
                "BadRequestError 400 rerank_not_supported -", "InternalServerError 501 not_supported -", "NotFoundError 404 not_supported -",
                "AuthenticationError 401 unauthenticated -", "PermissionDeniedError 403 permission_denied -", "RateLimitError 429 rate_limit_exceeded -  retry-after",
            ],
            Texts(seen, "errors"));

    private static string? Text(JsonElement seen, string name) => seen.GetProperty(name).GetString();

    private static bool Flag(JsonElement seen, string name) => seen.GetProperty(name).GetBoolean();

    private static IEnumerable<string?> Texts(JsonElement seen, string name) => seen.GetProperty(name).EnumerateArray().Select(one => one.ToString());

    private static void AssertRaw(string expected, JsonElement seen, string name) => Assert.Equal(expected, seen.GetProperty(name).GetRawText());

    private static void Skip()
    {
        Assert.SkipUnless(Command.Exists("node"), "skipped: there is no node");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Product.Root, "node_modules/openai")), "skipped: npm ci has not been run");
    }

    private async Task<JsonElement> AskAsync(string package)
    {
        Skip();
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Scripted, "answering", context: 2048);
        await box.LoadAsync(models.Endless, "endless", slots: 1, context: 8192);
        await box.LoadAsync(models.Write("embedding.gguf", BertModels.Bert()), "embedding");
        await box.LoadAsync(models.Write("ranking.gguf", BertModels.Ranker()), "ranking");
        await box.LoadAsync(Saying("calling", "<|channel|>analysis<|message|>Need the tool.<|end|><|start|>assistant" + FirstCall + "<|call|>"), "calling", context: 2048);
        await box.LoadAsync(Saying("calling-twice", FirstCall + "<|end|>" + SecondCall + "<|call|>"), "calling-twice", context: 2048);
        var spent = await box.IssueKeyAsync("spent", new KeyQuota { RequestsPerDay = 1 });
        await box.GatewayClient(spent).EndAsync("/v1/chat/completions", Asking.Question("answering", 1));

        var ran = await Command.RunAsync(
            ["node", Path.Combine(s_clients, package + ".mjs"), $"http://127.0.0.1:{box.GatewayPort}", await box.IssueKeyAsync("tests"),
                await box.IssueKeyAsync("narrow", null, KeyScope.Embeddings), spent]);

        Assert.True(ran.ExitCode == 0, ran + box.Log);
        await box.WhenActiveAsync("endless", 0); // The answer that was left is not made.
        return JsonDocument.Parse(ran.Output).RootElement;
    }

    private string Saying(string name, string turn) =>
        models.Write(name + ".gguf", ScriptedModel.Build(name, [new Script(Script.EndOfConversation, Script.Split(turn))]));
}
