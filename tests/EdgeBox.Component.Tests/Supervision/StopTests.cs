using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Supervision;

/// <summary>What was begun is finished before a model or the whole box stops.</summary>
[Trait("Tier", "component")]
public sealed class StopTests(SharedModels models)
{
    private const int Terminate = 15;
    private const uint Tokens = 60;

    [Fact]
    public async Task Stop_DrainIsLongerThanTheUnitAllows_SystemdIsAskedForTheTime()
    {
        await using var box = await RunningBox.StartAsync(["--drain", "00:02:00"], watchdog: TimeSpan.FromMinutes(10));

        box.Signal(15);

        List<string?> heard = [];
        while (heard.LastOrDefault() != "EXTEND_TIMEOUT_USEC=140000000" && heard.Count < 100)
        {
            heard.Add(await box.HearAsync(TimeSpan.FromSeconds(20)));
        }

        Assert.Contains("STOPPING=1", heard);
        Assert.Equal("EXTEND_TIMEOUT_USEC=140000000", heard[^1]);
    }

    [Fact]
    public async Task Unload_WhileAnAnswerIsMade_FinishesItAndTakesNothingNew()
    {
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Large, "large", slots: 2, context: 512);
        using var worker = new ProcessEnd(model.Worker.Pid);
        using var call = box.Inference.Complete(Answers.To("large", "Go on", Tokens), deadline: BoxExtensions.Deadline);
        await call.ReadToFirstTextAsync();

        var operation = await box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/large" });

        await Eventually.TrueAsync("it drains", async () => (await box.GetModelAsync("large")).State == ModelState.Draining);
        var late = await Refusal.OfAsync(() => box.Inference.TokenizeAsync("large"));
        Assert.Equal((ErrorReason.ModelNotReady, "models/large"), (late.Reason, late.Facts["model"]));
        Assert.Equal(Tokens, (await call.ReadAsync())[^1].Finished.Usage.CompletionTokens);
        operation = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name }, deadline: BoxExtensions.Deadline);
        Assert.Equal((OperationState.Succeeded, ModelState.Unloaded), (operation.State, operation.Response.Unpack<Model>().State));
        Assert.Equal(ErrorReason.ModelNotFound, (await Refusal.OfAsync(() => box.GetModelAsync("large"))).Reason);
        Assert.NotNull(await worker.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Terminate_WhileAnAnswerIsMade_FinishesItRefusesNewCallsAndExitsWithZero()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Large, "large", slots: 2, context: 512);
        using var call = box.Inference.Complete(Answers.To("large", "Go on", Tokens), deadline: BoxExtensions.Deadline);
        await call.ReadToFirstTextAsync();

        box.Signal(Terminate);

        // Over the connection that is open; a new one finds nobody listening.
        var refused = new List<RpcException>();
        await Eventually.TrueAsync("new calls are refused", async () =>
        {
            try
            {
                await box.GetModelAsync("large");
                return false;
            }
            catch (RpcException exception)
            {
                refused.Add(exception);
                return true;
            }
        });
        Assert.Equal(Tokens, (await call.ReadAsync())[^1].Finished.Usage.CompletionTokens);
        Assert.Equal(0, await box.StopAsync());
        Assert.Equal(StatusCode.Unavailable, refused[0].StatusCode);
    }

    [Fact]
    public async Task Terminate_AnswerThatDoesNotEnd_IsCutOffAtTheDrainDeadline()
    {
        await using var box = await RunningBox.StartAsync(["--drain", "00:00:01"]);
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var call = box.Inference.Complete(Answers.To("large", "Go on"), deadline: BoxExtensions.Deadline);
        await call.ReadToFirstTextAsync();
        var began = Stopwatch.GetTimestamp();
        var reading = Assert.ThrowsAsync<RpcException>(call.ReadAsync);

        Assert.Equal(0, await box.StopAsync());

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
        await reading;
    }
}
