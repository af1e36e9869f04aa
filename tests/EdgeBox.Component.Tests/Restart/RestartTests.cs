using System.Collections.Concurrent;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Restart;

/// <summary>What the box remembers when it comes back, whether it was stopped or killed.</summary>
[Trait("Tier", "component")]
public sealed class RestartTests(SharedModels models)
{
    private const int KillSignal = 9;

    private readonly string _directory = TestDirectory.Make();

    [Fact]
    public async Task Stop_ThenStart_OperationsAndModelsAreBack()
    {
        Operation loaded, refused;
        Model before;
        await using (var box = await StartAsync())
        {
            loaded = await box.TryLoadAsync(models.Random, "kept");
            refused = await box.TryLoadAsync(Path.Combine(_directory, "missing.gguf"), "bad");
            before = await box.GetModelAsync("kept");
            var unloaded = await box.TryLoadAsync(models.Random, "gone");
            Assert.Equal(OperationState.Succeeded, unloaded.State);
            var unload = await box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/gone" });
            await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = unload.Name });
            Assert.Equal(0, await box.StopAsync());
        }

        await using var again = await StartAsync();
        await ReadyAsync(again, "kept");

        var after = await again.GetModelAsync("kept");
        Assert.Equal((before.Path, before.Slots, before.ContextTokens, before.Parameters), (after.Path, after.Slots, after.ContextTokens, after.Parameters));
        Assert.Equal(ErrorReason.ModelNotFound, (await Refusal.OfAsync(async () => await again.GetModelAsync("gone"))).Reason);
        var operations = (await again.Operations.ListOperationsAsync(new ListOperationsRequest())).Operations.ToDictionary(operation => operation.Name);
        Assert.Equal(loaded, operations[loaded.Name]);
        Assert.Equal(refused, operations[refused.Name]);
        Assert.Equal(ErrorReason.ModelFileUnreadable, Refusal.Of(operations[refused.Name]).Reason);
        await again.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Kill_WhileAModelLoads_TheOperationIsInterruptedAndOtherModelsAreBack()
    {
        Operation ended, running;
        await using (var box = await StartAsync())
        {
            ended = await box.TryLoadAsync(models.Random, "kept");
            Assert.Equal(OperationState.Succeeded, ended.State);
            running = await box.Models.LoadModelAsync(new LoadModelRequest
            {
                Path = models.Large, Name = "large", Options = new LoadOptions { ContextTokens = 2048, Slots = 8, Threads = 1 },
            });
            box.Signal(KillSignal);
            await GoneAsync(box);
        }

        Assert.Equal(OperationState.Running, running.State);
        await using var again = await StartAsync();
        await ReadyAsync(again, "kept");

        var interrupted = await again.Operations.GetOperationAsync(new GetOperationRequest { Name = running.Name });
        var refusal = Refusal.Of(interrupted);
        Assert.Equal((ErrorReason.Interrupted, running.Name), (refusal.Reason, refusal.Facts["operation"]));
        Assert.NotNull(interrupted.EndTime);
        Assert.Equal(ended, await again.Operations.GetOperationAsync(new GetOperationRequest { Name = ended.Name }));
        // What was being loaded may be what killed the box: it is not tried again by itself.
        var large = await again.GetModelAsync("large");
        Assert.Equal((ModelState.Failed, ErrorReason.Interrupted), (large.State, Refusal.Of(large.Problem).Reason));
        await again.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Kill_WithModelsLoaded_WorkersGoWithTheDaemonAndComeBackWithIt()
    {
        int first, second;
        await using (var box = await StartAsync())
        {
            first = (await box.LoadAsync(models.Random, "first")).Worker.Pid;
            second = (await box.LoadAsync(models.Endless, "second")).Worker.Pid;
            using var answer = box.Inference.Chat(BoxExtensions.Question("second", "Go on."));
            Assert.True(await answer.ResponseStream.MoveNext(CancellationToken.None));
            using var firstEnd = new ProcessEnd(first);
            using var secondEnd = new ProcessEnd(second);

            box.Signal(KillSignal);

            Assert.NotNull(await firstEnd.WaitAsync(TimeSpan.FromSeconds(2)));
            Assert.NotNull(await secondEnd.WaitAsync(TimeSpan.FromSeconds(2)));
            await GoneAsync(box);
        }

        await using var again = await StartAsync();
        await ReadyAsync(again, "first");
        await ReadyAsync(again, "second");

        Assert.DoesNotContain((await again.GetModelAsync("first")).Worker.Pid, new[] { first, second });
        Assert.True(await again.Inference.TokenizeAsync("first") > 0);
        await again.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Kill_AmidTwoHundredAuditedActs_TheChainVerifiesAndHoldsEveryActThatWasConfirmed()
    {
        const int Acts = 200;
        var confirmed = new ConcurrentDictionary<string, string>();
        await using (var box = await StartAsync())
        {
            var acts = Enumerable.Range(0, Acts).Select(async i =>
            {
                try
                {
                    var issued = await box.Access.IssueCertificateAsync(new IssueCertificateRequest { Name = $"act-{i}", Role = Role.Client });
                    confirmed[issued.Certificate.Name] = issued.Certificate.Serial;
                    if (confirmed.Count == Acts / 2)
                    {
                        box.Signal(KillSignal);
                    }
                }
                catch (RpcException)
                {
                    // The daemon is dead by then.
                }
            });
            await Task.WhenAll(acts);
            await GoneAsync(box);
        }

        await using var again = await StartAsync();
        await again.AssertAuditIntactAsync();

        Assert.InRange(confirmed.Count, Acts / 2, Acts - 1);
        var recorded = (await again.RecordsAsync("access.issued")).ToDictionary(record => record.Subject, record => record.Facts["serial"]);
        Assert.All(confirmed, act => Assert.Equal(act.Value, recorded["certificates/" + act.Key]));
        var listed = (await again.Access.ListCertificatesAsync(new ListCertificatesRequest())).Certificates.ToDictionary(c => c.Name, c => c.Serial);
        Assert.Equal(recorded.ToDictionary(record => record.Key["certificates/".Length..], record => record.Value), listed);
        TestContext.Current.SendDiagnosticMessage($"{confirmed.Count} of {Acts} acts were confirmed before the kill, {recorded.Count} are recorded");
    }

    [Fact]
    public async Task Stop_WhileAnAnswerIsMade_EndsInTimeWithExitCodeZeroAndNoWorker()
    {
        await using var box = await StartAsync();
        var model = await box.LoadAsync(models.Random, "busy", context: 512);
        using var worker = new ProcessEnd(model.Worker.Pid);
        using var call = box.Inference.Chat(BoxExtensions.Question("busy", "hello"));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(0, await box.StopAsync());

        Assert.NotNull(await worker.WaitAsync(TimeSpan.FromSeconds(1)));
        Assert.False(File.Exists(box.SocketPath));
    }

    private Task<RunningBox> StartAsync() => RunningBox.StartAsync(directory: _directory);

    private static async Task ReadyAsync(RunningBox box, string model) =>
        await Eventually.TrueAsync($"{model} is ready", async () => (await box.GetModelAsync(model)).State == ModelState.Ready);

    private static async Task GoneAsync(RunningBox box) =>
        await Eventually.TrueAsync("the daemon has gone", () => Task.FromResult(box.HasExited), TimeSpan.FromSeconds(5));
}
