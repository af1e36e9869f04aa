using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>What becomes of requests when a worker dies, hangs, lies or is slow.</summary>
public sealed class ModelHostTests : ModelHostFixture
{
    [Fact]
    public async Task Submit_WorkerDiesBeforeAnything_IsTriedOnceMoreUnnoticed()
    {
        var first = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        var id = (await first.HearAsync()).Generate.Request;
        await first.SayAsync(Started(id));
        Assert.Equal(Wire.Event.EventOneofCase.Started, (await NextAsync(job)).EventCase);
        first.Die("aborted (SIGABRT)");

        var second = await ReadyWorkerAsync();
        Assert.Equal(id, (await second.HearAsync()).Generate.Request);
        await second.SayAsync(Started(id));
        await second.SayAsync(Delta(id, "hello"));
        await second.SayAsync(Finished(id));
        Assert.Equal("hello", (await NextAsync(job)).Delta.Text);
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        await job.Events.Completion;
        Assert.Equal(["aborted (SIGABRT)"], Deaths);
        Assert.Equal((1, "aborted (SIGABRT)", "last words"), (Host.Snapshot.Restarts, Host.Snapshot.LastExit, Host.Snapshot.LastStderr));
    }

    [Fact]
    public async Task Submit_WorkerDiesInMidStream_EndsWithWorkerLost()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Delta(id, "he"));
        Assert.Equal("he", (await NextAsync(job)).Delta.Text);
        worker.Die("killed by SIGKILL");
        Assert.Equal(ErrorReason.WorkerLost, (await FailureAsync(job)).Reason);
        await ReadyWorkerAsync();
    }

    [Fact]
    public async Task Submit_RequestKillsEveryWorkerItMeets_IsRefusedWithItsLikeForTenMinutes()
    {
        var first = await ReadyWorkerAsync();
        var job = await SubmitAsync("killer");
        await first.HearAsync();
        first.Die("aborted (SIGABRT)");
        var second = await ReadyWorkerAsync();
        await second.HearAsync();
        await BuryAsync(second);
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(job)).Reason);

        Time.Advance(TimeSpan.FromSeconds(1));
        var third = await ReadyWorkerAsync();
        var like = await FailureAsync(await SubmitAsync("killer"));
        Assert.Equal(ErrorReason.RequestQuarantined, like.Reason);
        Assert.True(like.RetryAfter > TimeSpan.FromMinutes(9));
        var harmless = await SubmitAsync("harmless");
        Assert.Equal("harmless", (await third.HearAsync()).Generate.Prompt);
        await third.SayAsync(Finished(harmless.Id));
        await NextAsync(harmless);
        Time.Advance(TimeSpan.FromMinutes(10));
        await SubmitAsync("killer");
        Assert.Equal("killer", (await third.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task Submit_BystanderOfAKiller_GetsItsAnswer()
    {
        var first = await ReadyWorkerAsync();
        var killer = await SubmitAsync("killer");
        var bystander = await SubmitAsync("bystander");
        await first.HearAsync();
        await first.HearAsync();
        first.Die("aborted (SIGABRT)");

        var second = await ReadyWorkerAsync();
        Assert.Equal("killer", (await second.HearAsync()).Generate.Prompt); // Alone: whoever is there when it dies is the culprit.
        await BuryAsync(second);
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(killer)).Reason);

        Time.Advance(TimeSpan.FromSeconds(1));
        var third = await ReadyWorkerAsync();
        var id = (await third.HearAsync()).Generate.Request;
        await third.SayAsync(Finished(id));
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(bystander)).EventCase);
    }

    [Fact]
    public async Task Submit_MoreThanMayWait_IsRefusedWithAdvice()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        await SubmitAsync("running");
        await worker.HearAsync();
        await SubmitAsync("waits");
        await SubmitAsync("waits too");
        var failure = await FailureAsync(await SubmitAsync("one too many"));
        Assert.Equal(ErrorReason.QueueFull, failure.Reason);
        Assert.NotNull(failure.RetryAfter);
    }

    [Fact]
    public async Task Cancel_RunningRequest_TellsTheWorkerAndFreesTheSlotWhenItConfirms()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var job = await SubmitAsync("a");
        var id = (await worker.HearAsync()).Generate.Request;
        await SubmitAsync("b");
        await Host.CancelAsync(job);
        Assert.Equal(id, (await worker.HearAsync()).Cancel.Request);
        await worker.SayAsync(Finished(id));
        Assert.Equal("b", (await worker.HearAsync()).Generate.Prompt);
        await job.Events.Completion;
    }

    [Fact]
    public async Task Cancel_WaitingRequest_NeverReachesTheWorker()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        await SubmitAsync("a");
        var id = (await worker.HearAsync()).Generate.Request;
        var waiting = await SubmitAsync("b");
        await SubmitAsync("c");
        await Host.CancelAsync(waiting);
        await worker.SayAsync(Finished(id));
        Assert.Equal("c", (await worker.HearAsync()).Generate.Prompt);
        await waiting.Events.Completion;
    }

    [Fact]
    public async Task Hear_FrameThatIsTooLong_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        await worker.SayRawAsync([0xff, 0xff, 0xff, 0xff]);
        await worker.Exited;
        Assert.True(worker.Killed);
        await ReadyWorkerAsync();
    }

    [Fact]
    public async Task Hear_AnswerToARequestThatDoesNotExist_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        await worker.SayAsync(Delta(77, "forged"));
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Hear_BytesThatAreNoMessage_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        await worker.SayRawAsync([3, 0, 0, 0, 0xff, 0xff, 0xff]);
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Look_NoProgressAndNoProcessorTime_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        await SubmitAsync("a");
        await worker.HearAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(70));
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Ready_EngineRefusesTheModel_FailsWithItsWords()
    {
        var worker = await Workers.Reader.ReadAsync(Cancellation);
        await worker.SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1 } });
        await worker.HearAsync();
        await worker.SayAsync(new Wire.Event { LoadFailed = new Wire.LoadFailed { Stage = "model", Detail = "missing tensor" } });
        worker.Die("exited with code 3");
        var failure = await Assert.ThrowsAsync<FailureException>(() => Host.Ready);
        Assert.Equal(ErrorReason.ModelLoadFailed, failure.Reason);
        Assert.Contains("missing tensor", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.ModelLoadFailed, (await FailureAsync(await SubmitAsync("a"))).Reason);
    }

    [Fact]
    public async Task Ready_WorkerDiesWhileLoading_Fails()
    {
        var worker = await Workers.Reader.ReadAsync(Cancellation);
        worker.Die("aborted (SIGABRT)");
        Assert.Equal(ErrorReason.WorkerStartFailed, (await Assert.ThrowsAsync<FailureException>(() => Host.Ready)).Reason);
    }

    [Fact]
    public async Task Ready_FileChangedWhileLoading_FailsAndStopsTheWorker()
    {
        var worker = await Workers.Reader.ReadAsync(Cancellation);
        await worker.SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1 } });
        await worker.HearAsync();
        Change = new FailureException(ErrorReason.ModelFileChanged, "changed");
        await worker.SayAsync(new Wire.Event { Loaded = new Wire.Loaded { Slots = 1 } });
        Assert.Equal(ErrorReason.ModelFileChanged, (await Assert.ThrowsAsync<FailureException>(() => Host.Ready)).Reason);
        await worker.Exited;
    }

    [Fact]
    public async Task Stop_WithAnAnswerUnderWay_WaitsForItAndTakesNothingNew()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        var id = (await worker.HearAsync()).Generate.Request;
        var stopping = Host.StopAsync(TimeSpan.FromMinutes(1));
        var late = await SubmitAsync("late");
        Assert.Equal(ErrorReason.ModelNotReady, (await FailureAsync(late)).Reason);
        Assert.False(stopping.IsCompleted);
        await worker.SayAsync(Finished(id));
        await stopping;
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        Assert.Equal(ModelState.Unloaded, Host.Snapshot.State);
    }

    [Fact]
    public async Task Stop_DeadlinePasses_EndsWhatIsLeft()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        await worker.HearAsync();
        var stopping = Host.StopAsync(TimeSpan.FromMinutes(1));
        Time.Advance(TimeSpan.FromMinutes(1));
        await stopping;
        Assert.Equal(ErrorReason.ModelNotReady, (await FailureAsync(job)).Reason);
        Assert.True(worker.Killed);
    }
}
