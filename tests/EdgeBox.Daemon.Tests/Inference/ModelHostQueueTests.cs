using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>What clients who wait are told, who is refused, and how they leave the line.</summary>
public sealed class ModelHostQueueTests : ModelHostFixture
{
    internal override ModelHostOptions Options { get; } = new() { MaxWaiting = 4, MaxWaitingPerIdentity = 3 };

    [Fact]
    public async Task Submit_HasToWait_IsToldItsPlaceAtOnceAndAgainWhenItMoved()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var running = await RunningAsync(worker);
        Job first = await SubmitAsync("first"), second = await SubmitAsync("second");
        Assert.Equal(new Place(1, null), await PlaceAsync(first));
        Assert.Equal(new Place(2, null), await PlaceAsync(second));

        Time.Advance(TimeSpan.FromSeconds(10));
        await worker.SayAsync(Finished(running.Id));
        Assert.Equal(first.Id, (await worker.HearAsync()).Generate.Request);
        await SettleAsync();
        Assert.False(first.Places.TryRead(out _));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new Place(1, TimeSpan.FromSeconds(10)), await PlaceAsync(second));
    }

    [Fact]
    public async Task Submit_PlaceChangesTwiceWithinASecond_IsToldOnceASecond()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        await RunningAsync(worker);
        Job first = await SubmitAsync("first"), second = await SubmitAsync("second"), third = await SubmitAsync("third");
        Assert.Equal(3, (await PlaceAsync(third)).Position);
        await Host.CancelAsync(first);
        await SettleAsync();
        await Host.CancelAsync(second);
        await SettleAsync();
        Assert.False(third.Places.TryRead(out _));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await PlaceAsync(third)).Position);
        Time.Advance(TimeSpan.FromSeconds(1));
        await SettleAsync();
        Assert.False(third.Places.TryRead(out _));
    }

    [Fact]
    public async Task Submit_OneIdentityHasAsManyAsItMay_IsRefusedAndOthersAreNot()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var running = await RunningAsync(worker);
        Time.Advance(TimeSpan.FromSeconds(8));
        await worker.SayAsync(Finished(running.Id));
        await NextAsync(running);
        await RunningAsync(worker);
        for (var i = 0; i < 3; i++)
        {
            await SubmitAsync("waits", "uid:1");
        }

        var refused = await FailureAsync(await SubmitAsync("one too many", "uid:1"));
        Assert.Equal((ErrorReason.QueueFull, TimeSpan.FromSeconds(16)), (refused.Reason, refused.RetryAfter)); // Two identities share 8 s a request.
        Assert.Equal([("queued", "3"), ("limit", "3"), ("scope", "identity")], refused.Facts);
        Assert.Contains("3 requests of uid:1", refused.Message, StringComparison.Ordinal);

        var other = await SubmitAsync("may", "uid:2");
        Assert.Equal(2, (await PlaceAsync(other)).Position);
        var full = await FailureAsync(await SubmitAsync("nobody may", "uid:3"));
        Assert.Equal((ErrorReason.QueueFull, TimeSpan.FromSeconds(8)), (full.Reason, full.RetryAfter));
        Assert.Equal([("queued", "4"), ("limit", "4"), ("scope", "model")], full.Facts);
    }

    [Fact]
    public async Task Submit_OneBesideAScriptWithMany_IsNext()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var running = await RunningAsync(worker, "uid:1");
        for (var i = 0; i < 3; i++)
        {
            await SubmitAsync("script", "uid:1");
        }

        var person = await SubmitAsync("person", "uid:2");
        Assert.Equal(1, (await PlaceAsync(person)).Position);
        await worker.SayAsync(Finished(running.Id));
        Assert.Equal("person", (await worker.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task Submit_Deterministic_RunsAlone()
    {
        var worker = await ReadyWorkerAsync(slots: 2);
        var running = await RunningAsync(worker);
        var alone = await SubmitAsync("alone", new Claim("uid:1", Deterministic: true));
        var other = await SubmitAsync("other", "uid:2");
        Assert.Equal((1, 2), ((await PlaceAsync(alone)).Position, (await PlaceAsync(other)).Position));
        await worker.SayAsync(Finished(running.Id));
        Assert.Equal("alone", (await worker.HearAsync()).Generate.Prompt);
        await worker.SayAsync(Finished(alone.Id));
        Assert.Equal("other", (await worker.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task ReadAsync_WaitsThenIsAnswered_TellsWaitingStartedDeltaFinished()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var running = await RunningAsync(worker);
        await using var answer = Ask("me", Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal(new GenerationWaiting { Model = "models/m", Position = 1 }, answer.Current.Waiting);
        Time.Advance(TimeSpan.FromSeconds(3));
        await worker.SayAsync(Finished(running.Id));
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(id));
        await worker.SayAsync(Delta(id, "hello"));
        await worker.SayAsync(new Wire.Event
        {
            Finished = new Wire.Finished
            {
                Request = id, Kind = Wire.FinishKind.Stop, PromptTokens = 9, CompletionTokens = 4, CachedTokens = 8, DraftedTokens = 3, AcceptedTokens = 2,
            },
        });
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal(3u, answer.Current.Started!.PromptTokens);
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal("hello", answer.Current.Delta!.Text);
        Assert.True(await answer.MoveNextAsync());
        var usage = new Usage { PromptTokens = 9, CompletionTokens = 4, CachedPromptTokens = 8, DraftedTokens = 3, AcceptedTokens = 2 };
        Assert.Equal((usage, TimeSpan.FromSeconds(3)), (answer.Current.Finished!.Usage, answer.Current.Finished.Timings.Queue.ToTimeSpan()));
        Assert.False(await answer.MoveNextAsync());
    }

    [Fact]
    public async Task ReadAsync_DeadlinePassesInTheLine_LeavesAtOnce()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        var running = await RunningAsync(worker);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), Time);
        await using var answer = Ask("late", deadline.Token).GetAsyncEnumerator(deadline.Token);
        Assert.True(await answer.MoveNextAsync());
        var behind = await SubmitAsync("behind");
        Assert.Equal(2, (await PlaceAsync(behind)).Position);
        Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.MoveNextAsync().AsTask());
        await CountsAsync(running: 1, waiting: 1, paused: 0);
        await worker.SayAsync(Finished(running.Id));
        Assert.Equal("behind", (await worker.HearAsync()).Generate.Prompt);
    }

    [Fact]
    public async Task ReadAsync_DeadlinePassesWhileItRuns_TellsTheWorkerAtOnce()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), Time);
        await using var answer = Ask("slow", deadline.Token).GetAsyncEnumerator(deadline.Token);
        var first = answer.MoveNextAsync().AsTask();
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(id));
        Assert.True(await first);
        var next = answer.MoveNextAsync().AsTask();
        Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(id, (await worker.HearAsync()).Cancel.Request);
    }

    [Fact]
    public async Task ReadAsync_ModelIsUnloadedInTheLine_IsRefused()
    {
        var worker = await ReadyWorkerAsync(slots: 1);
        await RunningAsync(worker);
        await using var answer = Ask("waits", Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await answer.MoveNextAsync());
        await Host.DisposeAsync();
        var failure = await Assert.ThrowsAsync<FailureException>(() => answer.MoveNextAsync().AsTask());
        Assert.Equal(ErrorReason.ModelNotReady, failure.Reason);
    }

    private static async Task<Place> PlaceAsync(Job job) => await job.Places.ReadAsync(Cancellation);

    private async Task<Job> RunningAsync(ScriptedWorker worker, string identity = "uid:0")
    {
        var job = await SubmitAsync("running", identity);
        Assert.Equal(job.Id, (await worker.HearAsync()).Generate.Request);
        return job;
    }

    private IAsyncEnumerable<AnswerReader.Answer> Ask(string prompt, CancellationToken cancellation) => AnswerReader.ReadAsync(
        Host, "models/m", new Wire.Generate { Prompt = prompt, Sampling = new Wire.Sampling() }, new Claim("uid:9"), cancellation);
}
