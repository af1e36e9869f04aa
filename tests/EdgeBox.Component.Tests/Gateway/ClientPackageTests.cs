using System.Text.Json;
using EdgeBox.Testing.Models;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>The clients' own packages from npm, as they are, against a running box.</summary>
[Trait("Tier", "component")]
public sealed class ClientPackageTests(SharedModels models)
{
    private const string Call = """["get_weather","{\"city\": \"Yangon\"}"]""";

    private static readonly string s_clients = Path.Combine(Product.Root, "tests/EdgeBox.Component.Tests/Gateway/clients");

    [Fact]
    public async Task OpenAiPackage_WhateverItCanAsk_IsAnswered()
    {
        var seen = await AskAsync("openai");

        Assert.Equal(3, seen.GetProperty("models").GetArrayLength());
        Assert.Equal([SharedModels.ScriptedAnswer, SharedModels.ScriptedAnswer], new[] { "answer", "streamed" }.Select(name => seen.GetProperty(name).GetString()));
        Assert.Equal(("Somebody asks.", "stop", true), (seen.GetProperty("reasoning").GetString(), seen.GetProperty("finish").GetString(), seen.GetProperty("usage").GetBoolean()));
        Assert.Equal(($"[{Call}]", "tool_calls"), (Relaxed(seen.GetProperty("call")), seen.GetProperty("calledFinish").GetString()));
        Assert.Equal("boolean", seen.GetProperty("typed").GetString());
        Assert.Equal("""["completed",["reasoning","message"]]""", $"[{seen.GetProperty("response")[0].GetRawText()},{seen.GetProperty("response")[2].GetRawText()}]");
        Assert.Equal(SharedModels.ScriptedAnswer, seen.GetProperty("response")[1].GetString());
        Assert.Equal("""["response.created","response.completed"]""", seen.GetProperty("responseEvents").GetRawText());
        Assert.Equal($"[{Call}]", Relaxed(seen.GetProperty("responseCall")));
        Assert.Equal(
            ["NotFoundError 404", "BadRequestError 400 temperature", "BadRequestError 400 previous_response_id", "AuthenticationError 401"],
            seen.GetProperty("errors").EnumerateArray().Select(error => $"{error[0]} {error[1]} {error[2]}".TrimEnd()));
        Assert.Equal(5, seen.GetProperty("aborted").GetInt32());
    }

    [Fact]
    public async Task AnthropicPackage_WhateverItCanAsk_IsAnswered()
    {
        var seen = await AskAsync("anthropic");

        Assert.Equal((1, SharedModels.ScriptedAnswer), (seen.GetProperty("answer").GetArrayLength(), seen.GetProperty("answer")[0].GetProperty("text").GetString()));
        Assert.Equal(("end_turn", true), (seen.GetProperty("stop").GetString(), seen.GetProperty("counted").GetBoolean()));
        Assert.Equal("""["thinking","text"]""", seen.GetProperty("thinking").GetRawText());
        Assert.Equal(("""[["get_weather",{"city":"Yangon"}]]""", "tool_use"), (seen.GetProperty("call").GetRawText(), seen.GetProperty("calledStop").GetString()));
        Assert.Equal(["NotFoundError 404", "BadRequestError 400", "AuthenticationError 401"], seen.GetProperty("errors").EnumerateArray().Select(error => $"{error[0]} {error[1]}"));
        Assert.Equal(5, seen.GetProperty("aborted").GetInt32());
    }

    private static string Relaxed(JsonElement json) => json.GetRawText();

    private async Task<JsonElement> AskAsync(string package)
    {
        Assert.SkipUnless(Command.Exists("node"), "skipped: there is no node");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Product.Root, "node_modules/openai")), "skipped: npm ci has not been run");
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Scripted, "answering", context: 2048);
        await box.LoadAsync(models.Endless, "endless", context: 8192);
        await box.LoadAsync(models.Write("calling.gguf", ScriptedModel.Build("calling",
        [
            new Script(Script.EndOfConversation, Script.Split(
                """<|channel|>analysis<|message|>Need the tool.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Yangon"}<|call|>""")),
        ])), "calling", context: 2048);

        var ran = await Command.RunAsync(
            ["node", Path.Combine(s_clients, package + ".mjs"), $"http://127.0.0.1:{box.GatewayPort}", await box.IssueKeyAsync("tests"), "calling", "answering", "endless"]);

        Assert.True(ran.ExitCode == 0, ran + box.Log);
        await box.WhenActiveAsync("endless", 0); // The answer that was left is not made.
        return JsonDocument.Parse(ran.Output).RootElement;
    }
}
