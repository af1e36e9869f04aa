using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>What becomes of requests when a worker dies, hangs, lies or is slow.</summary>
public sealed class ModelHostTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly Channel<ScriptedWorker> _workers = Channel.CreateBounded<ScriptedWorker>(64);
    private readonly List<string> _deaths = [];
    private FailureException? _change;
    private ModelHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _host = new ModelHost(
            new ModelHostSetup
            {
                Model = "models/m",
                Load = new Wire.Load { Slots = 2 },
                Launch = () =>
                {
                    var worker = new ScriptedWorker();
                    _workers.Writer.TryWrite(worker);
                    return worker;
                },
                FindChange = () => _change,
                OnDeath = (exit, _) => _deaths.Add(exit.Words),
                Options = new ModelHostOptions { MaxWaiting = 2 },
            },
            _time, NullLogger.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

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
        Assert.Equal(["aborted (SIGABRT)"], _deaths);
        Assert.Equal((1, "aborted (SIGABRT)", "last words"), (_host.Snapshot.Restarts, _host.Snapshot.LastExit, _host.Snapshot.LastStderr));
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
        second.Die("aborted (SIGABRT)");
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(job)).Reason);

        _time.Advance(TimeSpan.FromSeconds(1));
        var third = await ReadyWorkerAsync();
        var like = await FailureAsync(await SubmitAsync("killer"));
        Assert.Equal(ErrorReason.RequestQuarantined, like.Reason);
        Assert.True(like.RetryAfter > TimeSpan.FromMinutes(9));
        await SubmitAsync("harmless");
        Assert.Equal("harmless", (await third.HearAsync()).Generate.Prompt);
        _time.Advance(TimeSpan.FromMinutes(10));
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
        second.Die("aborted (SIGABRT)");
        Assert.Equal(ErrorReason.RequestQuarantined, (await FailureAsync(killer)).Reason);

        _time.Advance(TimeSpan.FromSeconds(1));
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
        await _host.CancelAsync(job);
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
        await _host.CancelAsync(waiting);
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
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(70));
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Ready_EngineRefusesTheModel_FailsWithItsWords()
    {
        var worker = await _workers.Reader.ReadAsync(Cancellation);
        await worker.SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1 } });
        await worker.HearAsync();
        await worker.SayAsync(new Wire.Event { LoadFailed = new Wire.LoadFailed { Stage = "model", Detail = "missing tensor" } });
        worker.Die("exited with code 3");
        var failure = await Assert.ThrowsAsync<FailureException>(() => _host.Ready);
        Assert.Equal(ErrorReason.ModelLoadFailed, failure.Reason);
        Assert.Contains("missing tensor", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.ModelLoadFailed, (await FailureAsync(await SubmitAsync("a"))).Reason);
    }

    [Fact]
    public async Task Ready_WorkerDiesWhileLoading_Fails()
    {
        var worker = await _workers.Reader.ReadAsync(Cancellation);
        worker.Die("aborted (SIGABRT)");
        Assert.Equal(ErrorReason.WorkerStartFailed, (await Assert.ThrowsAsync<FailureException>(() => _host.Ready)).Reason);
    }

    [Fact]
    public async Task Ready_FileChangedWhileLoading_FailsAndStopsTheWorker()
    {
        var worker = await _workers.Reader.ReadAsync(Cancellation);
        await worker.SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1 } });
        await worker.HearAsync();
        _change = new FailureException(ErrorReason.ModelFileChanged, "changed");
        await worker.SayAsync(new Wire.Event { Loaded = new Wire.Loaded { Slots = 1 } });
        Assert.Equal(ErrorReason.ModelFileChanged, (await Assert.ThrowsAsync<FailureException>(() => _host.Ready)).Reason);
        await worker.Exited;
    }

    [Fact]
    public async Task Stop_WithAnAnswerUnderWay_WaitsForItAndTakesNothingNew()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        var id = (await worker.HearAsync()).Generate.Request;
        var stopping = _host.StopAsync(TimeSpan.FromMinutes(1));
        var late = await SubmitAsync("late");
        Assert.Equal(ErrorReason.ModelNotReady, (await FailureAsync(late)).Reason);
        Assert.False(stopping.IsCompleted);
        await worker.SayAsync(Finished(id));
        await stopping;
        Assert.Equal(Wire.Event.EventOneofCase.Finished, (await NextAsync(job)).EventCase);
        Assert.Equal(ModelState.Unloaded, _host.Snapshot.State);
    }

    [Fact]
    public async Task Stop_DeadlinePasses_EndsWhatIsLeft()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a");
        await worker.HearAsync();
        var stopping = _host.StopAsync(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        await stopping;
        Assert.Equal(ErrorReason.ModelNotReady, (await FailureAsync(job)).Reason);
        Assert.True(worker.Killed);
    }

    private async Task<ScriptedWorker> ReadyWorkerAsync(uint slots = 2)
    {
        var worker = await _workers.Reader.ReadAsync(Cancellation);
        await worker.BecomeReadyAsync(slots);
        await _host.Ready;
        return worker;
    }

    private Task<Job> SubmitAsync(string prompt) => _host.SubmitAsync(
        id => new Wire.Command { Generate = new Wire.Generate { Request = id, Prompt = prompt } }, Cancellation);

    private static async Task<Wire.Event> NextAsync(Job job) => await job.Events.ReadAsync(Cancellation);

    private static async Task<FailureException> FailureAsync(Job job)
    {
        while (job.Events.TryRead(out _))
        {
            // What was said before the end does not matter here.
        }

        return await Assert.ThrowsAsync<FailureException>(() => job.Events.Completion);
    }

    private static Wire.Event Started(ulong id) => new() { Started = new Wire.Started { Request = id, PromptTokens = 3 } };

    private static Wire.Event Delta(ulong id, string text) => new() { Delta = new Wire.Delta { Request = id, Text = text, Tokens = 1 } };

    private static Wire.Event Finished(ulong id) => new() { Finished = new Wire.Finished { Request = id, Kind = Wire.FinishKind.Stop } };
}
