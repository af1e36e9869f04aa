using EdgeBox.Component.Tests.Formats;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Acceptance;

/// <summary>Acceptance suites against a real model, with the published programs, and what is left of them after a restart.</summary>
[Trait("Tier", "component")]
public sealed class AcceptanceTests(SharedModels models) : IAsyncLifetime
{
    private const string Answer = "the wide river flows slowly to the southern sea";

    private RunningBox _box = null!;

    public async ValueTask InitializeAsync()
    {
        _box = await RunningBox.StartAsync(["--store-reserve", "0", "--scrub-rate", "0"]);
        await _box.LoadAsync(models.Speaking("acceptance.gguf", Answer), "m", slots: 1, context: 4096);
    }

    public ValueTask DisposeAsync() => _box.DisposeAsync();

    [Fact]
    public async Task Test_AnswersAreAsWanted_PassesAndWritesThePage()
    {
        var page = Path.Combine(_box.Directory, "report.html");
        var ran = await Ctl.RunAsync(_box, "--json", "model", "test", "m", "--suite", Suite(Case("river", "\"leastTokensPerSecond\":0.001,\"runs\":2,\"leastPasses\":2,")), "--html", page,
            "--price", "120000", "--kwh-price", "0.8", "--currency", "CNY");
        Assert.True(ran.ExitCode == 0, ran.ToString());
        var report = Ctl.Document(ran);
        Assert.Equal("ACCEPTANCE_VERDICT_PASSED", report.GetProperty("verdict").GetString());
        var result = report.GetProperty("results")[0];
        Assert.Equal((2, 2, Answer), (result.GetProperty("runs").GetInt32(), result.GetProperty("passes").GetInt32(), result.GetProperty("answer").GetString()));
        Assert.True(report.GetProperty("tokensPerSecond").GetDouble() > 0);
        Assert.True(report.GetProperty("costPerMillionTokens").GetDouble() > 0);
        Assert.Matches("^[0-9a-f]{64}$", report.GetProperty("partSha256")[0].GetString());
        var text = await File.ReadAllTextAsync(page);
        Assert.Contains("PASSED", text, StringComparison.Ordinal);
        Assert.Contains((await _box.Appliance.GetStatusAsync(new GetStatusRequest())).BoxId, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_WrongAnswerOrTooSlow_FailsAndIsRememberedOverARestart()
    {
        var suite = Suite(Case("ocean", ""), Case("river", "\"name\":\"fast\",\"leastTokensPerSecond\":1000000,"), Case("river", ""));
        var ran = await Ctl.RunAsync(_box, "model", "test", "m", "--suite", suite);
        Assert.True(ran.ExitCode == 6, ran.ToString());
        Assert.Contains("NOT PASSED: 2 of 3 cases failed", ran.Output, StringComparison.Ordinal);
        Assert.Contains("at least 1000000 are wanted", ran.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);

        await Told.OfAsync(_box, BoxExtensions.Question("m", "Which water?"));
        await _box.StopAsync();
        await using var again = await RunningBox.StartAsync(directory: _box.Directory);
        Assert.Equal(AcceptanceVerdict.Failed, (await again.GetModelAsync("m")).Acceptance);
        var listed = Assert.Single((await again.Models.ListAcceptanceReportsAsync(new ListAcceptanceReportsRequest { Model = "m" })).Reports);
        Assert.Equal((1u, 2u, 0), (listed.Passed, listed.Failed, listed.Results.Count));
        var whole = await again.Models.GetAcceptanceReportAsync(new GetAcceptanceReportRequest { Name = listed.Name });
        Assert.Equal([false, false, true], whole.Results.Select(result => result.Passed));
        var hour = (await again.Models.GetModelHistoryAsync(new GetModelHistoryRequest { Model = "m" })).Hours[0];
        Assert.Equal((1ul, 0ul), (hour.Requests, hour.Failures)); // The suite's cases are nobody's requests.
        Assert.True(hour.CompletionTokens > 0);
        var history = await Ctl.RunAsync(again, "model", "history", "m");
        Assert.True(history.ExitCode == 0 && history.Output.Contains("FIRST TOKEN", StringComparison.Ordinal), history.ToString());

        var metrics = await MetricsOf.ReadAsync(again, await again.IssueAsync("prometheus", Role.Operator));
        Assert.Contains("edgebox_acceptance_passed{model=\"models/m\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("edgebox_model_state{model=\"models/m\",state=\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_SuiteIsBroken_IsRefusedWithLineAndField()
    {
        var ran = await Ctl.RunAsync(_box, "model", "test", "m", "--suite", Suite(Case("river", ""), """{"chat":{"messages":[{"rolle":1}]}}"""));
        Assert.True(ran.ExitCode == 3, ran.ToString());
        Assert.Contains("line 2: chat.messages[0].rolle is not known", ran.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var missing = await Ctl.RunAsync(_box, "model", "test", "m");
        Assert.True(missing.ExitCode == 3, missing.ToString());
        Assert.Contains("brings no acceptance suite", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetAlias_ModelFailsTheSuiteThatItBrings_StaysWhereItWas()
    {
        await ImportAsync("1", Case("river", ""));
        await ImportAsync("2", Case("ocean", ""));
        var own = await Ctl.RunAsync(_box, "--json", "model", "test", "w@1");
        Assert.True(own.ExitCode == 0, own.ToString());
        Assert.True(Ctl.Document(own).GetProperty("ownSuite").GetBoolean());

        Assert.Equal(OperationState.Succeeded, (await MoveAsync("w@1")).State);
        var refused = await MoveAsync("w@2");
        Assert.Equal(OperationState.Failed, refused.State);
        Assert.Contains("1 of 1 cases failed", refused.Error.Message, StringComparison.Ordinal);
        var alias = Assert.Single((await _box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases, known => known.Name == "aliases/water");
        Assert.Equal("models/w@1", alias.Model);
        Assert.Equal(3, (await _box.Models.ListAcceptanceReportsAsync(new ListAcceptanceReportsRequest())).Reports.Count);
    }

    private async Task<Operation> MoveAsync(string model) => await EndAsync(
        await _box.Models.SetAliasAsync(new SetAliasRequest { Name = "water", Model = model }));

    private async Task<Operation> EndAsync(Operation operation) => await _box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });

    /// <summary>Brings in w@VERSION with a suite of its own.</summary>
    private async Task ImportAsync(string version, string suite)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_box.Directory, "import-" + version)).FullName;
        File.Copy(models.Speaking("acceptance.gguf", Answer), Path.Combine(folder, "w.gguf"));
        await File.WriteAllTextAsync(Path.Combine(folder, "suite.jsonl"), suite + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "edgebox-model.json"),
            """{"schema":1,"suite":{"file":"suite.jsonl"},"load":{"slots":1,"contextTokens":4096,"threads":1}}""");
        var operation = await EndAsync(await _box.Models.ImportModelAsync(new ImportModelRequest { Path = folder, Name = "w", Version = version }));
        Assert.True(operation.State == OperationState.Succeeded, operation.ToString());
    }

    private static string Case(string contains, string more) =>
        $"{{{more}\"chat\":{{\"attempts\":1,\"messages\":[{{\"role\":\"CHAT_ROLE_USER\",\"parts\":[{{\"text\":\"Which water?\"}}]}}],"
        + $"\"checks\":[{{\"contains\":{{\"texts\":[\"{contains}\"]}}}}]}}}}";

    private string Suite(params string[] lines)
    {
        var path = Path.Combine(_box.Directory, Path.GetRandomFileName());
        File.WriteAllLines(path, lines);
        return path;
    }
}
