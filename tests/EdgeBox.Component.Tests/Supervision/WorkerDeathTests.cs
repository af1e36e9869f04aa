using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Supervision;

/// <summary>What clients see when the worker behind their answers is killed.</summary>
[Trait("Tier", "component")]
public sealed class WorkerDeathTests(SharedModels models)
{
    private const int Kill = 9;

    [Fact]
    public async Task Kill_WorkerInMidStreamTenTimes_EachEndsWithWorkerLostAndTheNextIsAnswered()
    {
        const int Times = 10;
        await using var box = await RunningBox.StartAsync(["--max-deaths", "100"]);
        var model = await box.LoadAsync(models.Endless, "m", slots: 2, context: 32768);
        var pids = new List<int>();
        for (var time = 1; time <= Times; time++)
        {
            pids.Add(model.Worker.Pid);
            using var call = box.Inference.Complete(Answers.To("m", $"This is stream number {time}"), deadline: BoxExtensions.Deadline);
            await call.ReadToFirstTextAsync();

            Product.Signal(model.Worker.Pid, Kill);

            var lost = await Refusal.OfAsync(call.ReadAsync);
            Assert.Equal((ErrorReason.WorkerLost, "killed by SIGKILL", "models/m"), (lost.Reason, lost.Facts["exit"], lost.Facts["model"]));
            Assert.Equal(4u, (await box.Inference.AnswerAsync("m", $"After stream number {time}", maxTokens: 4)).Usage.CompletionTokens);
            model = await box.GetModelAsync("m");
            Assert.Equal((ModelState.Ready, (uint)time, "killed by SIGKILL"), (model.State, model.Worker.Restarts, model.Worker.LastExit));
        }

        Assert.False(box.HasExited);
        Assert.Equal(Times, pids.Distinct().Count());
        await Eventually.TrueAsync("every death is audited", async () => (await box.RecordsAsync("worker.died")).Count == Times);
        var deaths = await box.RecordsAsync("worker.died");
        Assert.Equal(pids.Select(pid => $"{pid}").Reverse(), deaths.Select(record => record.Facts["pid"]));
        Assert.All(deaths, record => Assert.Equal(("box", "models/m", "killed by SIGKILL"), (record.Actor, record.Subject, record.Facts["exit"])));
        await box.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Abort_WorkerWithAWaitingRequest_ExitIsToldAsWhatItWas()
    {
        const int Abort = 6;
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Endless, "m");

        Product.Signal(model.Worker.Pid, Abort);

        var after = await box.WhenReplacedAsync("m", model.Worker.Pid);
        Assert.Equal("aborted (SIGABRT)", after.Worker.LastExit);
        Assert.True(await box.Inference.TokenizeAsync("m") > 0);
    }

    [Fact]
    public async Task Kill_BeforeAnythingWasProduced_TheSecondWorkerAnswersAndTheClientDoesNotNotice()
    {
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var call = box.Inference.Complete(Answers.To("large", Answers.LongPrompt("unnoticed", 1500), maxTokens: 3), deadline: BoxExtensions.Deadline);
        await box.WhenActiveAsync("large", 1);

        Product.Signal(model.Worker.Pid, Kill);

        var said = await call.ReadAsync();
        Assert.Single(said, response => response.Started is not null);
        Assert.Equal(3u, said[^1].Finished.Usage.CompletionTokens);
        var after = await box.GetModelAsync("large");
        Assert.Equal((1u, "killed by SIGKILL"), (after.Worker.Restarts, after.Worker.LastExit));
        Assert.NotEqual(model.Worker.Pid, after.Worker.Pid);
    }

    [Fact]
    public async Task Kill_EveryWorkerThatARequestMeets_ItIsQuarantinedWithItsLikeAndOthersAreAnswered()
    {
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Large, "large", slots: 2, context: 2048);
        var killer = Answers.To("large", Answers.LongPrompt("deadly", 1500), maxTokens: 3);
        using var call = box.Inference.Complete(killer, deadline: BoxExtensions.Deadline);
        for (var death = 0; death < 2; death++)
        {
            await Eventually.TrueAsync("the next worker has the request", async () =>
                await box.GetModelAsync("large") is { ActiveRequests: 1, State: ModelState.Ready } now && now.Worker.Restarts == death);
            model = await box.GetModelAsync("large");
            Product.Signal(model.Worker.Pid, Kill);
        }

        Assert.Equal(ErrorReason.RequestQuarantined, (await Refusal.OfAsync(call.ReadAsync)).Reason);
        var began = Stopwatch.GetTimestamp();
        killer.Sampling.Temperature = 1; // Sampled otherwise, it is the same request.
        using var like = box.Inference.Complete(killer, deadline: BoxExtensions.Deadline);
        var refused = await Assert.ThrowsAsync<RpcException>(like.ReadAsync);
        Assert.Equal(ErrorReason.RequestQuarantined, RunningBox.Reason(refused));
        Assert.InRange(refused.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>().RetryDelay.ToTimeSpan(), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));

        Assert.Equal(2u, (await box.Inference.AnswerAsync("large", "harmless", maxTokens: 2)).Usage.CompletionTokens);
        Assert.Equal(2u, (await box.GetModelAsync("large")).Worker.Restarts);
    }
}
