using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Operations;

public sealed class OperationTests
{
    [Fact]
    public async Task Start_WorkSucceeds_EndsWithWhatItMade()
    {
        await using var box = await TestAppliance.StartAsync();
        var go = new TaskCompletionSource();
        var started = await StartAsync(box, async (progress, _) =>
        {
            progress.Plan(("validating", 1), ("loading", 3));
            progress.Enter("loading");
            progress.Report(0.5);
            await go.Task;
            return new StringValue { Value = "made" };
        });
        Assert.Equal((OperationState.Running, "test.work", "uid:0"), (started.State, started.Kind, started.Actor));
        var running = await Client(box).WaitOperationAsync(new WaitOperationRequest { Name = started.Name, Timeout = new Duration() });
        Assert.Equal(OperationState.Running, running.State);
        go.SetResult();
        var ended = await Client(box).WaitOperationAsync(new WaitOperationRequest { Name = started.Name });
        Assert.Equal((OperationState.Succeeded, 1.0), (ended.State, ended.Progress.Fraction));
        Assert.Equal("made", ended.Response.Unpack<StringValue>().Value);
        Assert.Equal(ended, await Client(box).GetOperationAsync(new GetOperationRequest { Name = started.Name }));
    }

    [Fact]
    public async Task Start_WorkFails_EndsWithTheStatusOfACall()
    {
        await using var box = await TestAppliance.StartAsync();
        var started = await StartAsync(box, (_, _) => throw new FailureException(ErrorReason.ModelTooLarge, "too large", ("needed_bytes", "9")));
        var ended = await Client(box).WaitOperationAsync(new WaitOperationRequest { Name = started.Name });
        Assert.Equal(OperationState.Failed, ended.State);
        Assert.Equal(ErrorReason.ModelTooLarge, FailureStatus.ReasonOf(ended.Error));
        Assert.Equal("9", ended.Error.GetDetail<Google.Rpc.ErrorInfo>().Metadata["needed_bytes"]);
    }

    [Fact]
    public async Task Start_WorkHasADefect_TellsAnIncidentOnly()
    {
        await using var box = await TestAppliance.StartAsync();
        box.Log.Announce("secret");
        var started = await StartAsync(box, (_, _) => throw new InvalidOperationException("secret"));
        var ended = await Client(box).WaitOperationAsync(new WaitOperationRequest { Name = started.Name });
        Assert.Equal(ErrorReason.Internal, FailureStatus.ReasonOf(ended.Error));
        Assert.DoesNotContain("secret", ended.Error.Message);
    }

    [Fact]
    public async Task Cancel_Running_EndsCancelledAndIsAudited()
    {
        await using var box = await TestAppliance.StartAsync();
        var started = await StartAsync(box, WaitForEverAsync);
        await Client(box).CancelOperationAsync(new CancelOperationRequest { Name = started.Name });
        var ended = await Client(box).WaitOperationAsync(new WaitOperationRequest { Name = started.Name });
        Assert.Equal((OperationState.Cancelled, ErrorReason.Cancelled), (ended.State, FailureStatus.ReasonOf(ended.Error)));
        Assert.Equal(started.Name, Assert.Single(await box.RecordsAsync("operation.cancelled")).Subject);
        await Client(box).CancelOperationAsync(new CancelOperationRequest { Name = started.Name }).ResponseAsync
            .IsRefused(StatusCode.FailedPrecondition, ErrorReason.OperationNotCancellable);
    }

    [Theory]
    [InlineData("operations/nope")]
    [InlineData("nope")]
    [InlineData("")]
    public async Task Get_Unknown_IsNotFound(string name)
    {
        await using var box = await TestAppliance.StartAsync();
        await Client(box).GetOperationAsync(new GetOperationRequest { Name = name }).ResponseAsync.IsRefused(StatusCode.NotFound, ErrorReason.OperationNotFound);
    }

    [Fact]
    public async Task Wait_TimeoutOutOfRange_IsRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        var request = new WaitOperationRequest { Name = "operations/x", Timeout = Duration.FromTimeSpan(TimeSpan.FromHours(2)) };
        await Client(box).WaitOperationAsync(request).ResponseAsync.IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
    }

    [Fact]
    public async Task Stop_Running_IsInterruptedAndTheNextStartStillKnows()
    {
        using var directory = new TestDirectory();
        string name;
        await using (var box = await TestAppliance.StartAsync(directory))
        {
            name = (await StartAsync(box, WaitForEverAsync)).Name;
        }

        await using var again = await TestAppliance.StartAsync(directory);
        var operation = await Client(again).GetOperationAsync(new GetOperationRequest { Name = name });
        Assert.Equal((OperationState.Failed, ErrorReason.Interrupted), (operation.State, FailureStatus.ReasonOf(operation.Error)));
    }

    [Fact]
    public async Task Start_AfterPowerCut_MarksWhatWasRunningAsInterrupted()
    {
        using var directory = new TestDirectory();
        await using (var state = new TestState(directory.Path))
        {
            var lost = new Operation { Name = "operations/lost", State = OperationState.Running };
            state.Database.Write(c =>
            {
                OperationStore.Insert(c, "lost", lost);
                return true;
            });
        }

        await using var again = new TestState(directory.Path);
        var operation = again.Operations.Get("operations/lost");
        Assert.Equal((OperationState.Failed, ErrorReason.Interrupted), (operation.State, FailureStatus.ReasonOf(operation.Error)));
        Assert.Equal("operation.interrupted", again.Audit.Page(long.MaxValue, string.Empty, 10).Single().Entry.Event);
    }

    [Fact]
    public async Task Insert_MoreThanAreKept_LetsTheOldestEndedGo()
    {
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        state.Database.Write(c =>
        {
            OperationStore.Insert(c, "running", new Operation { State = OperationState.Running });
            for (var i = 0; i < OperationStore.Kept + 5; i++)
            {
                OperationStore.Insert(c, $"{i}", new Operation { State = OperationState.Succeeded });
            }

            return true;
        });
        var kept = state.Database.Read(c => OperationStore.Page(c, long.MaxValue, 5000));
        Assert.Equal(OperationStore.Kept + 1, kept.Count);
        Assert.Equal(("1004", "running"), (kept[0].Id, kept[^1].Id));
    }

    [Fact]
    public void Progress_Stages_AreWeightedAndNeverShrink()
    {
        var sink = new OperationProgressSink();
        sink.Plan(("a", 1), ("b", 3));
        sink.Enter("a");
        sink.Report(1);
        Assert.Equal(0.25, sink.Now.Fraction);
        sink.Enter("b");
        sink.Report(0.5);
        Assert.Equal((0.625, "b"), (sink.Now.Fraction, sink.Now.Stage));
        sink.Report(double.NaN);
        sink.Report(-1);
        Assert.Equal(0.625, sink.Now.Fraction);
        sink.Report(7);
        Assert.Equal(1, sink.Now.Fraction);
    }

    private static async Task<IMessage> WaitForEverAsync(OperationProgressSink progress, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return new Empty();
    }

    private static Task<Operation> StartAsync(TestAppliance box, OperationWork work) =>
        box.Get<OperationRegistry>().StartAsync("test.work", "test/subject", "uid:0", work);

    private static V1.OperationService.OperationServiceClient Client(TestAppliance box) => new(box.Unix());
}
