using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>A client that stops reading is paused, then dropped, and costs nobody else a token.</summary>
public sealed class ModelHostPauseTests : ModelHostFixture
{
    /// <summary>So that a worker that stands still is found out long before a client is dropped.</summary>
    internal override ModelHostOptions Options { get; } = new() { MaxWaiting = 4, Patience = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task Hear_ClientReadsNothing_IsPausedAndGoesOnWhenItHasRead()
    {
        var worker = await ReadyWorkerAsync();
        var job = await PausedAsync(worker);
        await CountsAsync(running: 1, waiting: 0, paused: 1);

        for (var i = EventQueue.BehindEvents + 1; i > EventQueue.CaughtUpEvents + 1; i--)
        {
            await NextAsync(job);
        }

        await SettleAsync(worker); // Nothing was said to the worker before the last of them.
        await NextAsync(job);
        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = false }, (await worker.HearAsync()).Pause);
        await worker.SayAsync(Finished(job.Id));
        for (var i = 0; i < EventQueue.CaughtUpEvents; i++)
        {
            Assert.Equal("x", (await NextAsync(job)).Delta.Text);
        }

        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        await SettleAsync(worker);
        await CountsAsync(running: 0, waiting: 0, paused: 0);
    }

    [Fact]
    public async Task Hear_FewLongPiecesUnread_IsPausedByBytes()
    {
        var worker = await ReadyWorkerAsync();
        var job = await RunningAsync(worker);
        for (var i = 0; i < 5; i++)
        {
            await worker.SayAsync(Delta(job.Id, new string('x', 16_000)));
        }

        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = true }, (await worker.HearAsync()).Pause);
        for (var i = 0; i < 4; i++)
        {
            await NextAsync(job);
        }

        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = false }, (await worker.HearAsync()).Pause);
    }

    [Fact]
    public async Task Look_PausedForAMinute_IsDroppedAndTheSlotIsFree()
    {
        var worker = await ReadyWorkerAsync();
        var job = await PausedAsync(worker);
        Time.Advance(ModelHost.ReadPatience);
        Assert.Equal(job.Id, (await worker.HearAsync()).Cancel.Request);
        await worker.SayAsync(Finished(job.Id));
        var failure = await FailureAsync(job);
        Assert.Equal(ErrorReason.ClientTooSlow, failure.Reason);
        Assert.Contains("60 seconds", failure.Message, StringComparison.Ordinal);
        await SettleAsync(worker);
        await CountsAsync(running: 0, waiting: 0, paused: 0);
    }

    [Fact]
    public async Task Look_OnlyPausedRequests_IsNotTakenForAHungWorker()
    {
        var worker = await ReadyWorkerAsync();
        var job = await PausedAsync(worker);
        for (var second = 1; second < 60; second++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        await ReadAllAsync(job);
        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = false }, (await worker.HearAsync()).Pause);
        Assert.False(worker.Killed);
        await worker.SayAsync(Finished(job.Id));
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
    }

    [Fact]
    public async Task Look_OthersWaitForTheSlot_IsDroppedAfterFiveSeconds()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var job = await PausedAsync(worker);
        var other = await SubmitAsync("other", "uid:1");
        await other.Places.ReadAsync(Cancellation);
        Time.Advance(ModelHost.ReadPatienceOfOthers);
        Assert.Equal(job.Id, (await worker.HearAsync()).Cancel.Request);
        await worker.SayAsync(Finished(job.Id));
        Assert.Equal("other", (await worker.HearAsync()).Generate.Prompt);
        Assert.Contains("5 seconds", (await FailureAsync(job)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_OthersWaitAndItReadsInTime_IsNotDropped()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var job = await PausedAsync(worker);
        var other = await SubmitAsync("other", "uid:1");
        await other.Places.ReadAsync(Cancellation);
        Time.Advance(TimeSpan.FromSeconds(4));
        await ReadAllAsync(job);
        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = false }, (await worker.HearAsync()).Pause);
        Time.Advance(TimeSpan.FromSeconds(4));
        await worker.SayAsync(Finished(job.Id));
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        Assert.Equal("other", (await worker.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task Bury_WorkerDiesWhileARequestIsPaused_EndsItWithWorkerLost()
    {
        var worker = await ReadyWorkerAsync();
        var job = await PausedAsync(worker);
        worker.Die("killed by SIGKILL");
        var next = await ReadyWorkerAsync();
        Assert.Equal(ErrorReason.WorkerLost, (await FailureAsync(job)).Reason);
        await SettleAsync(next);
        await CountsAsync(running: 0, waiting: 0, paused: 0);
    }

    [Fact]
    public async Task Cancel_PausedRequest_TellsTheWorkerAndFreesTheSlot()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var job = await PausedAsync(worker);
        await Host.CancelAsync(job);
        Assert.Equal(job.Id, (await worker.HearAsync()).Cancel.Request);
        await ReadAllAsync(job); // Nobody goes on who is leaving.
        await worker.SayAsync(Finished(job.Id));
        await SettleAsync(worker);
        await CountsAsync(running: 0, waiting: 0, paused: 0);
    }

    [Fact]
    public async Task Stop_ARequestIsPaused_DoesNotWaitForItsClientForLong()
    {
        var worker = await ReadyWorkerAsync();
        var job = await PausedAsync(worker);
        var stopping = Host.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorReason.ModelNotReady, (await FailureAsync(await SubmitAsync("late"))).Reason);
        Time.Advance(ModelHost.ReadPatienceOfOthers);
        Assert.Equal(job.Id, (await worker.HearAsync()).Cancel.Request);
        await worker.SayAsync(Finished(job.Id));
        await stopping;
        Assert.Equal(ModelState.Unloaded, Host.Snapshot.State);
        Assert.Equal(ErrorReason.ClientTooSlow, (await FailureAsync(job)).Reason);
    }

    private async Task<Job> RunningAsync(ScriptedWorker worker)
    {
        var job = await SubmitAsync("long", "uid:7");
        Assert.Equal(job.Id, (await worker.HearAsync()).Generate.Request);
        return job;
    }

    private async Task<Job> PausedAsync(ScriptedWorker worker)
    {
        var job = await RunningAsync(worker);
        for (var i = 0; i <= EventQueue.BehindEvents; i++)
        {
            await worker.SayAsync(Delta(job.Id, "x"));
        }

        Assert.Equal(new Wire.Pause { Request = job.Id, Paused = true }, (await worker.HearAsync()).Pause);
        return job;
    }

    private static async Task ReadAllAsync(Job job)
    {
        for (var i = 0; i <= EventQueue.BehindEvents; i++)
        {
            await NextAsync(job);
        }
    }
}
