using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Life;

/// <summary>What models go through in memory: who comes, who goes, who stays, and what those who watch are told.</summary>
[Trait("Tier", "component")]
public sealed class ModelLifeTests(SharedModels models)
{
    private const int Kill = 9;

    /// <summary>A context that an answer without an end does not fill in the time of a test.</summary>
    private const uint Long = 32768;

    private static readonly ModelState[] s_life =
        [ModelState.Validating, ModelState.Planning, ModelState.Loading, ModelState.Ready, ModelState.Draining, ModelState.Absent];

    [Fact]
    public async Task Watch_ModelThatIsKeptForAMoment_TellsItsWholeLifeInOrder()
    {
        await using var box = await RunningBox.StartAsync();
        using var watch = box.Models.WatchModels(new WatchModelsRequest(), deadline: BoxExtensions.Deadline);
        await watch.ResponseHeadersAsync;
        var loaded = await box.TryLoadAsync(new LoadModelRequest
        {
            Path = models.Random, Name = "brief",
            Options = new LoadOptions { ContextTokens = 256, Slots = 1, Threads = 1, KeepAlive = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)) },
        });
        Assert.Equal(OperationState.Succeeded, loaded.State);
        Assert.True(await box.Inference.TokenizeAsync("brief") > 0);

        var told = new List<ModelState>();
        await foreach (var model in watch.ResponseStream.ReadAllAsync())
        {
            Assert.Equal("models/brief", model.Name);
            told.Add(model.State);
            if (model.State == ModelState.Absent)
            {
                break;
            }
        }

        Assert.Equal(s_life, told.Where((state, i) => i == 0 || told[i - 1] != state));
        var gone = await box.RecordAsync("model.unload", record => record.Subject == "models/brief");
        Assert.Equal(("box", "not asked for"), (gone.Actor, gone.Facts["why"]));
    }

    [Fact]
    public async Task Load_LimitIsReached_TheLongestUnneededMakesRoomAndPinnedOnesDoNot()
    {
        var limit = await LimitForAsync(2);
        await using var box = await RunningBox.StartAsync(["--memory-limit", limit, "--room-patience", "00:00:01"]);
        await box.LoadAsync(models.Random, "a", slots: 1, context: 256);
        await box.LoadAsync(models.Random, "b", slots: 1, context: 256);
        Assert.True(await box.Inference.TokenizeAsync("a") > 0);

        var asked = new EstimateModelRequest { Path = models.Random, Options = Request("c").Options };
        Assert.Equal(["models/b"], (await box.Models.EstimateModelAsync(asked)).WouldEvict);
        await box.LoadAsync(models.Random, "c", slots: 1, context: 256);
        Assert.Equal(["models/a", "models/c"], await LoadedAsync(box));

        await box.Models.PinModelAsync(new PinModelRequest { Name = "models/a" });
        await box.LoadAsync(models.Random, "d", slots: 1, context: 256);
        Assert.Equal(["models/a", "models/d"], await LoadedAsync(box));

        await box.Models.PinModelAsync(new PinModelRequest { Name = "models/d" });
        var refused = Refusal.Of(await box.TryLoadAsync(Request("e")));
        Assert.Equal((ErrorReason.ModelBusy, "a, d"), (refused.Reason, refused.Facts["held_by"]));
        Assert.True((await box.GetModelAsync("a")).Pinned);

        await box.Models.UnpinModelAsync(new UnpinModelRequest { Name = "models/a" });
        await box.LoadAsync(models.Random, "e", slots: 1, context: 256);
        Assert.Equal(["models/d", "models/e"], await LoadedAsync(box));
    }

    [Fact]
    public async Task Load_OthersAreBusy_AreNeverPutOutAndMakeRoomWhenTheyAreDone()
    {
        var limit = await LimitForAsync(1, models.Endless, Long);
        await using var box = await RunningBox.StartAsync(["--memory-limit", limit, "--room-patience", "00:00:01"]);
        await box.LoadAsync(models.Endless, "busy", slots: 1, context: Long);
        using var giveUp = new CancellationTokenSource();
        using var call = box.Inference.Complete(Answers.To("busy", "Count"), deadline: BoxExtensions.Deadline, cancellationToken: giveUp.Token);
        await call.ReadToFirstTextAsync();
        using var held = box.Inference.Complete(Answers.To("busy", "And on"), deadline: BoxExtensions.Deadline, cancellationToken: giveUp.Token);

        var refused = Refusal.Of(await box.TryLoadAsync(Request("next", models.Endless, Long)));
        Assert.Equal((ErrorReason.ModelBusy, "busy"), (refused.Reason, refused.Facts["held_by"]));
        Assert.Equal(ModelState.Ready, (await box.GetModelAsync("busy")).State);

        var loading = box.TryLoadAsync(Request("next", models.Endless, Long));
        await giveUp.CancelAsync();
        Assert.Equal(OperationState.Succeeded, (await loading).State);
        Assert.Equal(["models/next"], await LoadedAsync(box));
    }

    [Fact]
    public async Task Load_TwoAtOnceWhereOneFits_OneIsLoadedAndNoMoreIsTaken()
    {
        var limit = await LimitForAsync(1);
        await using var box = await RunningBox.StartAsync(["--memory-limit", limit, "--room-patience", "00:00:10"]);
        var ended = await Task.WhenAll(box.TryLoadAsync(Request("a")), box.TryLoadAsync(Request("b")));
        // One after the other: the second puts the first out, which nobody needed.
        Assert.All(ended, operation => Assert.Equal(OperationState.Succeeded, operation.State));
        Assert.Single(await LoadedAsync(box));
    }

    [Fact]
    public async Task Kill_ThreeWorkersOfAModel_IsQuarantinedOverARestartUntilAnOperatorLoadsIt()
    {
        var directory = TestDirectory.Make();
        await using (var box = await RunningBox.StartAsync(directory: directory))
        {
            var model = await box.LoadAsync(models.Random, "deadly", slots: 1, context: 256);
            for (var death = 1; death <= 3; death++)
            {
                Product.Signal(model.Worker.Pid, Kill);
                model = death < 3 ? await box.WhenReplacedAsync("deadly", model.Worker.Pid) : model;
            }

            await Eventually.TrueAsync("it is quarantined", async () => (await box.GetModelAsync("deadly")).State == ModelState.Quarantined);
            model = await box.GetModelAsync("deadly");
            var problem = Refusal.Of(model.Problem);
            Assert.Equal((ErrorReason.ModelQuarantined, "killed by SIGKILL; killed by SIGKILL; killed by SIGKILL"), (problem.Reason, problem.Facts["exits"]));
            Assert.Equal(ErrorReason.ModelQuarantined, (await Refusal.OfAsync(() => box.Inference.TokenizeAsync("deadly"))).Reason);
            var record = await box.RecordAsync("model.quarantined", found => found.Subject == "models/deadly");
            Assert.Equal(("box", problem.Facts["exits"]), (record.Actor, record.Facts["exits"]));
            Assert.Contains((await box.Appliance.GetStatusAsync(new GetStatusRequest())).Problems, text => text.Contains("died 3 times", StringComparison.Ordinal));
            Assert.Equal(0, await box.StopAsync());
        }

        await using var again = await RunningBox.StartAsync(directory: directory);
        Assert.Equal(ModelState.Quarantined, (await again.GetModelAsync("deadly")).State);

        await again.LoadAsync(models.Random, "deadly", slots: 1, context: 256);
        Assert.True(await again.Inference.TokenizeAsync("deadly") > 0);
        await again.RecordAsync("model.released", found => found.Subject == "models/deadly");
        await again.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Ask_ModelOfTheStore_IsLoadedOnceForAllWhoAskAndBackAfterARestart()
    {
        var directory = TestDirectory.Make();
        await using (var box = await RunningBox.StartAsync(directory: directory))
        {
            using var watch = box.Models.WatchModels(new WatchModelsRequest(), deadline: BoxExtensions.Deadline);
            await watch.ResponseHeadersAsync;
            var import = await box.Models.ImportModelAsync(new ImportModelRequest { Path = models.Random, Name = "stored", Version = "1" });
            import = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = import.Name }, deadline: BoxExtensions.Deadline);
            Assert.Equal(OperationState.Succeeded, import.State);
            Assert.Equal(ModelState.Available, (await box.GetModelAsync("stored")).State);

            var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => box.Inference.TokenizeAsync("stored")));
            Assert.All(asked, tokens => Assert.True(tokens > 0));
            Assert.Single(await box.RecordsAsync("model.load"));
            Assert.Equal(ModelState.Ready, (await box.GetModelAsync("stored@1")).State);
            Assert.Equal(ErrorReason.ModelBusy, (await Refusal.OfAsync(async () => await box.Models.RemoveModelAsync(new RemoveModelRequest { Name = "models/stored@1" }))).Reason);

            var told = new List<ModelState>();
            while (told.LastOrDefault() != ModelState.Ready && await watch.ResponseStream.MoveNext(CancellationToken.None))
            {
                told.Add(watch.ResponseStream.Current.State);
            }

            Assert.Equal(
                [ModelState.Importing, ModelState.Available, ModelState.Planning, ModelState.Loading, ModelState.Ready],
                told.Where((state, i) => i == 0 || told[i - 1] != state));
            Assert.Equal(0, await box.StopAsync());
        }

        await using var again = await RunningBox.StartAsync(directory: directory);
        await Eventually.TrueAsync("it is loaded again", async () => (await again.GetModelAsync("stored")).State == ModelState.Ready);

        var unload = await again.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/stored" });
        unload = await again.Operations.WaitOperationAsync(new WaitOperationRequest { Name = unload.Name }, deadline: BoxExtensions.Deadline);
        Assert.Equal(ModelState.Available, unload.Response.Unpack<Model>().State);
        var load = await again.TryLoadAsync(new LoadModelRequest { Name = "models/stored", Options = new LoadOptions { Slots = 3, Threads = 1, ContextTokens = 256 } });
        Assert.Equal((OperationState.Succeeded, 3u), (load.State, load.Response.Unpack<Model>().Slots));
    }

    private static async Task<IEnumerable<string>> LoadedAsync(RunningBox box) =>
        (await box.Models.ListModelsAsync(new ListModelsRequest())).Models.Where(model => model.State == ModelState.Ready).Select(model => model.Name);

    private LoadModelRequest Request(string name, string? path = null, uint context = 256) => new()
    {
        Path = path ?? models.Random, Name = name, Options = new LoadOptions { ContextTokens = context, Slots = 1, Threads = 1 },
    };

    /// <summary>A limit under which so many of these models fit, and not one more.</summary>
    private async Task<string> LimitForAsync(int count, string? path = null, uint context = 256)
    {
        await using var box = await RunningBox.StartAsync(["--memory-limit", "1"]);
        var refused = Refusal.Of(await box.TryLoadAsync(Request("probe", path, context)));
        Assert.Equal(ErrorReason.ModelTooLarge, refused.Reason);
        var needed = long.Parse(refused.Facts["needed_bytes"], System.Globalization.CultureInfo.InvariantCulture);
        return $"{(needed * ((count * 2) + 1) / 2) >> 20}";
    }
}
