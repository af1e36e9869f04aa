using System.Text.Json;

namespace EdgeBox.Component.Tests.Cli;

/// <summary>The published edgeboxctl against the published daemon: what it prints, and what it tells the shell.</summary>
[Trait("Tier", "component")]
public sealed class CommandTests(CliBox fixture, SharedModels models) : IClassFixture<CliBox>
{
    private readonly RunningBox _box = fixture.Box;

    [Fact]
    public async Task Status_OfAHealthyBox_SaysSoAndNamesItsModels()
    {
        var ran = await Ctl.RunAsync(_box, "status");

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("good", ran.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(CliBox.Scripted, ran.Output, StringComparison.Ordinal);
        Assert.Contains(CliBox.Endless, ran.Output, StringComparison.Ordinal);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Status_AsJson_IsOneDocumentOfTheContract()
    {
        var ran = await Ctl.RunAsync(_box, "--json", "status");

        var document = Ctl.Document(ran);
        Assert.Equal("HEALTH_GOOD", document.GetProperty("health").GetString());
        Assert.Equal(["models/" + CliBox.Endless, "models/" + CliBox.Scripted],
            document.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains("unix:" + _box.SocketPath, document.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()));
        Assert.Contains($"https://127.0.0.1:{_box.TlsPort}", document.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()));
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Chat_WithAPrompt_PrintsTheAnswerAloneOnStandardOutput()
    {
        var ran = await Ctl.RunAsync(_box, "chat", "-m", CliBox.Scripted, "--temperature", "0", SharedModels.ScriptedQuestion);

        Assert.Equal((0, SharedModels.ScriptedAnswer + "\n"), (ran.ExitCode, ran.Output));
        Assert.Contains("tokens/s", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_PromptFromAPipe_PrintsTheAnswer()
    {
        var ran = await Ctl.RunAsync(_box, SharedModels.ScriptedQuestion + "\n", ["chat", "-m", CliBox.Scripted, "--temperature", "0", "--quiet"]);

        Assert.Equal(new Ran(0, SharedModels.ScriptedAnswer + "\n", ""), ran);
    }

    [Fact]
    public async Task Chat_OverMutualTls_PrintsTheAnswer()
    {
        var ran = await Ctl.BareAsync("--endpoint", $"https://127.0.0.1:{_box.TlsPort}", "--credentials", fixture.Credentials,
            "chat", "-m", CliBox.Scripted, "--temperature", "0", "--quiet", SharedModels.ScriptedQuestion);

        Assert.Equal(new Ran(0, SharedModels.ScriptedAnswer + "\n", ""), ran);
    }

    [Fact]
    public async Task Chat_AsJson_IsADocumentForEachEvent()
    {
        var ran = await Ctl.RunAsync(_box, "--json", "chat", "-m", CliBox.Scripted, "--temperature", "0", SharedModels.ScriptedQuestion);

        var events = Ctl.Documents(ran);
        Assert.Equal("models/" + CliBox.Scripted, events[0].GetProperty("started").GetProperty("model").GetString());
        Assert.Equal("FINISH_REASON_STOP", events[^1].GetProperty("finished").GetProperty("reason").GetString());
        Assert.Equal(SharedModels.ScriptedAnswer, string.Concat(events.Select(AnswerText)));
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Tokenize_ByDefault_PrintsTokensThatJoinToTheText()
    {
        var ran = await Ctl.RunAsync(_box, "--json", "tokenize", "-m", CliBox.Scripted, "Guten Tag, བོད།");

        var pieces = Ctl.Document(ran).GetProperty("tokens").EnumerateArray().SelectMany(token => token.GetProperty("piece").GetBytesFromBase64());
        Assert.Equal("Guten Tag, བོད།", System.Text.Encoding.UTF8.GetString([.. pieces]));
    }

    [Fact]
    public async Task ModelLoad_AMalformedFile_ExitsThreeAndNamesTheKey()
    {
        var broken = models.Write("no-heads.gguf", Testing.Gguf.RandomModels.Llama().RemoveKey("llama.attention.head_count"));

        var people = await Ctl.RunAsync(_box, "model", "load", broken, "--name", "broken");
        var programs = await Ctl.RunAsync(_box, "--json", "model", "load", broken, "--name", "broken");
        var removed = await Ctl.RunAsync(_box, "model", "unload", "broken");

        Assert.True(removed.ExitCode == 0, removed.ToString());

        Assert.True(people.ExitCode == 3, people.ToString());
        Assert.Contains("llama.attention.head_count", people.Error, StringComparison.Ordinal);
        Assert.Empty(people.Output);
        Assert.Equal(3, programs.ExitCode);
        var info = Ctl.Document(programs).GetProperty("error").GetProperty("details")[0];
        Assert.Equal("MODEL_FILE_INVALID", info.GetProperty("reason").GetString());
        Assert.Equal("llama.attention.head_count", info.GetProperty("metadata").GetProperty("key").GetString());
    }

    [Fact]
    public async Task ModelLoadAndUnload_OfAModel_EndWithZeroAndShowInTheList()
    {
        var loaded = await Ctl.RunAsync(_box, "model", "load", models.Random, "--name", "passing", "--context", "256");
        var listed = await Ctl.RunAsync(_box, "model", "list");
        var unloaded = await Ctl.RunAsync(_box, "model", "unload", "passing");
        var after = await Ctl.RunAsync(_box, "model", "list");

        Assert.True(loaded.ExitCode == 0, loaded.ToString());
        Assert.Contains("passing", listed.Output, StringComparison.Ordinal);
        Assert.True(unloaded.ExitCode == 0, unloaded.ToString());
        Assert.DoesNotContain("passing", after.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuditVerify_OfAnIntactChain_SaysSo()
    {
        var ran = await Ctl.RunAsync(_box, "audit", "verify");

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.StartsWith("Intact: ", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_BadUsage_IsTwo()
    {
        Assert.Equal(2, (await Ctl.RunAsync(_box, "modle", "list")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(_box, "chat", "--no-such-option")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(_box, "model", "load")).ExitCode);
    }

    [Fact]
    public async Task Exit_RefusedByTheBox_IsThree()
    {
        var unknown = await Ctl.RunAsync(_box, "--json", "chat", "-m", "nope", "hello");
        var temperature = await Ctl.RunAsync(_box, "--json", "chat", "-m", CliBox.Scripted, "--temperature", "9", "hello");

        Assert.Equal((3, "MODEL_NOT_FOUND"), (unknown.ExitCode, ReasonOf(unknown)));
        Assert.Equal((3, "INVALID_ARGUMENT"), (temperature.ExitCode, ReasonOf(temperature)));
    }

    [Fact]
    public async Task Exit_NotPermitted_IsFour()
    {
        string[] asAlice = ["--endpoint", $"https://127.0.0.1:{_box.TlsPort}", "--credentials", fixture.Credentials, "--json"];

        var audit = await Ctl.BareAsync([.. asAlice, "audit", "list"]);
        var load = await Ctl.BareAsync([.. asAlice, "model", "load", models.Random]);

        Assert.Equal((4, "PERMISSION_DENIED"), (audit.ExitCode, ReasonOf(audit)));
        Assert.Equal((4, "PERMISSION_DENIED"), (load.ExitCode, ReasonOf(load)));
    }

    [Fact]
    public async Task Exit_NobodyThere_IsFive()
    {
        var ran = await Ctl.BareAsync("--endpoint", "unix:" + Path.Combine(_box.Directory, "nobody.sock"), "status");

        Assert.True(ran.ExitCode == 5, ran.ToString());
        Assert.Contains("nobody.sock", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_OutOfTime_IsSeven()
    {
        var ran = await Ctl.RunAsync(_box, "--timeout", "0.3s", "chat", "-m", CliBox.Endless, "Go on.");

        Assert.True(ran.ExitCode == 7, ran.ToString());
        await fixture.ActiveAsync(CliBox.Endless, 0);
    }

    private static string AnswerText(JsonElement e) =>
        e.TryGetProperty("delta", out var delta) && delta.GetProperty("channel").GetString() == "CHANNEL_ANSWER" ? delta.GetProperty("text").GetString()! : "";

    private static string? ReasonOf(Ran ran) => Ctl.Documents(ran)[^1].GetProperty("error").GetProperty("reason").GetString();
}
