using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>An alias that is moved while clients ask for it: each of their answers is whole, and is the old model's or the new one's.</summary>
[Trait("Tier", "component")]
public sealed class AliasMoveTests(SharedModels models)
{
    private const int Clients = 8;
    private const int KillSignal = 9;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Move_EightClientsAsk_EveryAnswerIsWholeThereAndBack(bool bothFit)
    {
        var limit = bothFit ? null : await AliasBox.LimitForOneAsync(AliasBox.Stick("one"));
        await using var box = await AliasBox.StartAsync(limit: limit);
        await box.ImportAsync("one");
        await box.ImportAsync("two");
        await box.MoveAsync("chat", "one");
        await using var clients = new AskingClients(box, Clients);
        await clients.HeardAsync("models/m@one");

        var moved = await box.MoveAsync("chat", "two");
        await clients.HeardAsync("models/m@two");
        var rolled = await box.EndAsync(await box.Models.RollbackAliasAsync(new RollbackAliasRequest { Name = "chat" }));
        var before = clients.Answers.Count;
        await Eventually.TrueAsync("they go on", () => Task.FromResult(clients.Answers.Count >= before + Clients));
        await clients.EndAsync();

        Assert.Empty(clients.Failures);
        Assert.All(clients.Answers, answer =>
            Assert.Equal((ReadyModels.VersionAnswer(answer.Model["models/m@".Length..]), FinishReason.Stop), (answer.Text, answer.Reason)));
        Assert.Equal(("models/m@two", "models/m@one"), (moved.Model, moved.Previous));
        Assert.Equal(("models/m@one", "models/m@two"), (rolled.Response.Unpack<Alias>().Model, rolled.Response.Unpack<Alias>().Previous));
        Assert.Equal((ModelState.Ready, ModelState.Available), ((await box.GetModelAsync("m@one")).State, (await box.GetModelAsync("m@two")).State));
        Assert.Equal(["aliases/chat"], (await box.GetModelAsync("m@one")).Aliases);
        await box.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Move_NewOneFitsOnlyAloneAndItsWorkerDies_OldOneComesBackAndNobodyNotices()
    {
        var limit = await AliasBox.LimitForOneAsync(AliasBox.Stick("one"), models.Large);
        await using var box = await AliasBox.StartAsync(limit: limit);
        await box.ImportAsync("one");
        await box.ImportAsync("two", models.Large);
        await box.MoveAsync("chat", "one");
        await using var clients = new AskingClients(box, Clients);
        await clients.HeardAsync("models/m@one");

        var move = await box.Models.SetAliasAsync(new SetAliasRequest { Name = "chat", Model = "m@two" });
        var loading = await Eventually.GetAsync("the new worker", async () =>
            await box.GetModelAsync("m@two") is { State: ModelState.Loading, Worker.Pid: > 0 } model ? model : null);
        Product.Signal(loading.Answer.Worker.Pid, KillSignal);
        var failed = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = move.Name }, deadline: BoxExtensions.Deadline);
        var before = clients.Answers.Count;
        await Eventually.TrueAsync("they go on", () => Task.FromResult(clients.Answers.Count >= before + Clients));
        await clients.EndAsync();

        Assert.Equal(ErrorReason.WorkerStartFailed, Refusal.Of(failed).Reason);
        Assert.Empty(clients.Failures);
        Assert.All(clients.Answers, answer => Assert.Equal(("models/m@one", ReadyModels.VersionAnswer("one")), (answer.Model, answer.Text)));
        Assert.Equal("models/m@one", Assert.Single((await box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases).Model);
        Assert.Equal("WORKER_START_FAILED", (await box.RecordAsync("alias.not_moved", _ => true)).Facts["why"]);
    }

    [Fact]
    public async Task Move_NewOneNeverFits_IsRefusedWithTheNumbersAndTheOldOneIsNotTouched()
    {
        var limit = await AliasBox.LimitForOneAsync(AliasBox.Stick("one"));
        await using var box = await AliasBox.StartAsync(limit: limit);
        await box.ImportAsync("one");
        await box.ImportAsync("two", models.Large);
        await box.MoveAsync("chat", "one");
        var served = (await box.GetModelAsync("m@one")).Worker.Pid;

        var move = await box.Models.SetAliasAsync(new SetAliasRequest { Name = "chat", Model = "m@two" });
        var failed = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = move.Name }, deadline: BoxExtensions.Deadline);

        Assert.Equal(ErrorReason.ModelTooLarge, Refusal.Of(failed).Reason);
        Assert.Equal((ModelState.Ready, served), ((await box.GetModelAsync("m@one")).State, (await box.GetModelAsync("m@one")).Worker.Pid));
    }

    [Fact]
    public async Task Ask_AliasThatMeansAnotherModelForOneIdentity_EachHearsItsOwn()
    {
        await using var box = await AliasBox.StartAsync();
        await box.ImportAsync("one");
        await box.ImportAsync("two");
        var (front, back) = (await ClientAsync(box, "frontdesk"), await ClientAsync(box, "backoffice"));
        await box.MoveAsync("chat", "one");
        await box.MoveAsync("chat", "two", "cert:frontdesk");

        Assert.Equal((ReadyModels.VersionAnswer("two"), ReadyModels.VersionAnswer("one")), (await front.ChatAsync("", "?"), await back.ChatAsync("chat", "?")));
        Assert.Equal(ReadyModels.VersionAnswer("one"), await front.ChatAsync("m@one", "?"));
        Assert.Equal(["", "cert:frontdesk"], (await box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases.Select(alias => alias.Identity));

        await box.Models.DeleteAliasAsync(new DeleteAliasRequest { Name = "aliases/chat", Identity = "cert:frontdesk" });
        Assert.Equal(ReadyModels.VersionAnswer("one"), await front.ChatAsync("aliases/chat", "?"));
    }

    [Fact]
    public async Task Quarantine_OfWhatAnAliasMeans_ReturnsItToTheModelBefore()
    {
        await using var box = await AliasBox.StartAsync();
        await box.ImportAsync("one");
        await box.ImportAsync("two");
        await box.MoveAsync("chat", "one");
        await box.MoveAsync("chat", "two");
        for (var death = 1; death <= 3; death++)
        {
            var pid = (await box.GetModelAsync("m@two")).Worker.Pid;
            Product.Signal(pid, KillSignal);
            _ = death < 3 ? await box.WhenReplacedAsync("m@two", pid) : null;
        }

        var back = await Eventually.GetAsync("the alias returns", async () =>
            (await box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases.Single() is { Model: "models/m@one" } alias ? alias : null);

        Assert.Equal(("box", "", ErrorReason.ModelQuarantined), (back.Answer.Actor, back.Answer.Previous, Refusal.Of(back.Answer.Problem).Reason));
        Assert.Equal(ReadyModels.VersionAnswer("one"), await box.Inference.ChatAsync("chat", "?"));
        Assert.Equal("MODEL_QUARANTINED", (await box.RecordAsync("alias.fell_back", record => record.Actor == "box")).Facts["why"]);
        Assert.Equal(ErrorReason.NothingToRollBack, (await Refusal.OfAsync(async () => await box.Models.RollbackAliasAsync(new RollbackAliasRequest { Name = "chat" }))).Reason);
        Assert.Equal(ErrorReason.ModelBusy, (await Refusal.OfAsync(async () => await box.Models.RemoveModelAsync(new RemoveModelRequest { Name = "models/m@one" }))).Reason);
    }

    [Fact]
    public async Task Drain_AnAnswerThatDoesNotEnd_IsGivenUpAtTheDeadlineWithAReason()
    {
        await using var box = await AliasBox.StartAsync();
        var stick = TestDirectory.Make();
        File.Copy(models.Endless, Path.Combine(stick, "m.gguf"));
        await box.ImportAsync("one", AliasBox.WithManifest(stick, slots: 1, context: 32768));
        await box.ImportAsync("two");
        await box.MoveAsync("chat", "one");
        using var call = box.Inference.Complete(Answers.To("chat", "Count"), deadline: BoxExtensions.Deadline);
        await call.ReadToFirstTextAsync();

        var move = await box.Models.SetAliasAsync(new SetAliasRequest
        {
            Name = "chat", Model = "m@two", Drain = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(1)),
        });
        await Eventually.TrueAsync("the alias has moved", async () => (await box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases[0].Model == "models/m@two");
        Assert.Equal(ReadyModels.VersionAnswer("two"), await box.Inference.ChatAsync("chat", "?"));
        Assert.Equal(ErrorReason.ModelNotReady, (await Refusal.OfAsync(() => call.ReadAsync())).Reason);
        await box.EndAsync(move);
        Assert.Equal(ModelState.Available, (await box.GetModelAsync("m@one")).State);
    }

    private static async Task<InferenceService.InferenceServiceClient> ClientAsync(RunningBox box, string name)
    {
        var issued = await box.IssueAsync(name, Role.Client);
        return new InferenceService.InferenceServiceClient(box.TlsChannel(RunningBox.Certificate(issued), issued.CaPem));
    }
}
