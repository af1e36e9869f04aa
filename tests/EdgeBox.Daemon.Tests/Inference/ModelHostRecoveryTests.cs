using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Who is blamed for a death and who is not, and how a model comes back.</summary>
public sealed class ModelHostRecoveryTests : ModelHostFixture
{
    [Fact]
    public async Task Die_TwoAlikeInFlight_CountsAsOneDeath()
    {
        var first = await ReadyWorkerAsync();
        Job one = await SubmitAsync("same"), other = await SubmitAsync("same");
        await first.HearAsync();
        await first.HearAsync();
        first.Die("killed by SIGKILL");

        var second = await ReadyWorkerAsync();
        foreach (var job in (Job[])[one, other])
        {
            var generate = (await second.HearAsync()).Generate;
            Assert.Equal((job.Id, "same"), (generate.Request, generate.Prompt));
            await second.SayAsync(Finished(job.Id));
            Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        }
    }

    [Fact]
    public async Task Submit_LikeOfAKillerThatWaited_IsRefusedWithoutAThirdDeath()
    {
        var first = await ReadyWorkerAsync(slots: 1);
        Job killer = await SubmitAsync("killer"), like = await SubmitAsync("killer");
        await first.HearAsync();
        first.Die("aborted (SIGABRT)");
        var second = await ReadyWorkerAsync(slots: 1);
        Assert.Equal(killer.Id, (await second.HearAsync()).Generate.Request);
        await BuryAsync(second);
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(killer)).Reason);

        Time.Advance(TimeSpan.FromSeconds(1));
        var third = await ReadyWorkerAsync(slots: 1);
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(like)).Reason);
        await SubmitAsync("harmless");
        Assert.Equal("harmless", (await third.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task Submit_KillerWhoseClientsDoNotWait_IsRefusedAfterTwoDeaths()
    {
        for (var death = 0; death < 2; death++)
        {
            var worker = await ReadyWorkerAsync();
            var job = await SubmitAsync("killer");
            await worker.HearAsync();
            await Host.CancelAsync(job);
            Assert.Equal(job.Id, (await worker.HearAsync()).Cancel.Request);
            await BuryAsync(worker);
            await job.Events.Completion;
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(await SubmitAsync("killer"))).Reason);
    }

    [Fact]
    public async Task Restart_NextWorkerCannotBeStarted_IsTriedAgainAndServesWhoWaited()
    {
        var first = await ReadyWorkerAsync();
        LaunchProblem = new FailureException(ErrorReason.WorkerStartFailed, "no more processes");
        first.Die("killed by SIGKILL");
        await NotLaunched.Reader.ReadAsync(Cancellation);
        await SettleAsync();
        Assert.Equal((ModelState.Restarting, ErrorReason.WorkerStartFailed), (Host.Snapshot.State, Host.Snapshot.Problem!.Reason));
        var waiting = await SubmitAsync("a");

        LaunchProblem = null;
        Time.Advance(TimeSpan.FromMilliseconds(250));
        var second = await ReadyWorkerAsync();
        Assert.Equal(waiting.Id, (await second.HearAsync()).Generate.Request);
        Assert.Equal((ModelState.Ready, null), (Host.Snapshot.State, Host.Snapshot.Problem));
    }

    [Fact]
    public async Task Restart_EngineRefusesAModelThatWasReadyBefore_IsTriedAgain()
    {
        var first = await ReadyWorkerAsync();
        first.Die("killed by SIGKILL");
        var second = await Workers.Reader.ReadAsync(Cancellation);
        await second.SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1 } });
        await second.HearAsync();
        await second.SayAsync(new Wire.Event { LoadFailed = new Wire.LoadFailed { Stage = "context", Detail = "out of memory" } });
        second.Die("exited with code 3");

        while (Host.Snapshot.Problem is null)
        {
            await SettleAsync();
        }

        Assert.Equal(ErrorReason.ModelLoadFailed, Host.Snapshot.Problem.Reason);
        Time.Advance(TimeSpan.FromMilliseconds(250));
        var third = await ReadyWorkerAsync();
        await SubmitAsync("a");
        Assert.Equal("a", (await third.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task Submit_WorkerKeepsDying_IsToldWhenToComeBack()
    {
        var worker = await ReadyWorkerAsync();
        double[] waits = [0, 0.25, 0.5, 1, 2, 4];
        foreach (var wait in waits)
        {
            await BuryAsync(worker);
            if (wait < 4)
            {
                Time.Advance(TimeSpan.FromSeconds(wait));
                worker = await Workers.Reader.ReadAsync(Cancellation);
            }
        }

        var refused = await FailureAsync(await SubmitAsync("a"));
        Assert.Equal((ErrorReason.WorkerBackingOff, TimeSpan.FromSeconds(4)), (refused.Reason, refused.RetryAfter));
        Assert.Equal(ModelState.Restarting, Host.Snapshot.State);
        Time.Advance(TimeSpan.FromSeconds(4));
        await ReadyWorkerAsync();
    }

    [Fact]
    public async Task Look_WorkerWasStuckAndMovesAgain_ProblemIsGone()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        await SubmitAsync("a");
        await worker.HearAsync();
        worker.State = new WorkerSample('D', TimeSpan.Zero, 1);
        Time.Advance(TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(70));
        await SettleAsync();
        Assert.Contains("stuck in the kernel", Host.Snapshot.Problem!.Message, StringComparison.Ordinal);
        Assert.False(worker.Killed);

        worker.State = new WorkerSample('R', TimeSpan.FromSeconds(1), 1);
        Time.Advance(TimeSpan.FromSeconds(1));
        await SettleAsync();
        Assert.Null(Host.Snapshot.Problem);
    }

    [Fact]
    public async Task Hear_AnswerOfAnotherKindThanWasAsked_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        await worker.HearAsync();
        await worker.SayAsync(new Wire.Event { Tokenized = new Wire.Tokenized { Request = job.Id } });
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Hear_PieceOfAnAnswerBeyondReason_KillsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        await worker.HearAsync();
        await worker.SayAsync(Delta(job.Id, new string('x', 1_000_000)));
        await worker.Exited;
        Assert.True(worker.Killed);
    }
}
