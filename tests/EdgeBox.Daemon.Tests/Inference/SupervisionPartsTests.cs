using EdgeBox.Daemon.Inference;
using Microsoft.Extensions.Time.Testing;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>The pure parts of supervision: back-off, quarantine, liveness, and who runs next.</summary>
public sealed class SupervisionPartsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Next_DeathsInARow_WaitsNotAtAllThenDoublesUpToThirtySeconds()
    {
        var backOff = new BackOff();
        var waits = Enumerable.Range(0, 15).Select(_ => backOff.Next().TotalSeconds).ToList();
        Assert.Equal([0, 0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30], waits);
    }

    [Fact]
    public void Next_AfterReset_StartsAgain()
    {
        var backOff = new BackOff();
        backOff.Next();
        backOff.Next();
        backOff.Reset();
        Assert.Equal(TimeSpan.Zero, backOff.Next());
    }

    [Fact]
    public void RefusedFor_TwoDeathsWithinTheTerm_TenMinutesThenForgotten()
    {
        var time = new FakeTimeProvider();
        var quarantine = new Quarantine(time);
        var like = quarantine.Of(Prompt("a", temperature: 0));
        Assert.Equal(1, quarantine.Note(like));
        Assert.Equal(TimeSpan.Zero, quarantine.RefusedFor(like));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(2, quarantine.Note(like));
        Assert.Equal(TimeSpan.FromMinutes(10), quarantine.RefusedFor(like));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(TimeSpan.FromMinutes(1), quarantine.RefusedFor(like));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, quarantine.RefusedFor(like));
    }

    [Fact]
    public void Note_SecondDeathAfterTheTerm_CountsAsAFirst()
    {
        var time = new FakeTimeProvider();
        var quarantine = new Quarantine(time);
        var like = quarantine.Of(Prompt("a", temperature: 0));
        quarantine.Note(like);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, quarantine.Note(like));
    }

    [Fact]
    public void Of_SameInputOtherSampling_IsAlike()
    {
        var quarantine = new Quarantine(TimeProvider.System);
        Assert.Equal(quarantine.Of(Prompt("a", 0)), quarantine.Of(Prompt("a", 1)));
        Assert.NotEqual(quarantine.Of(Prompt("a", 0)), quarantine.Of(Prompt("b", 0)));
        Assert.NotEqual(quarantine.Of(Conversation("a")), quarantine.Of(Conversation("b")));
        var constrained = Prompt("a", 0);
        constrained.Generate.Grammar = "root ::= \"x\"";
        Assert.NotEqual(quarantine.Of(Prompt("a", 0)), quarantine.Of(constrained));
        Assert.NotEqual(new Quarantine(TimeProvider.System).Of(Prompt("a", 0)), quarantine.Of(Prompt("a", 0)));
    }

    [Fact]
    public void Judge_StarvedWorker_StaysAliveForEver()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        for (var minute = 0; minute < 1000; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(Liveness.Alive, watch.Judge(busy: true, steps: 0, TimeSpan.FromMilliseconds(minute), 'R'));
        }
    }

    [Fact]
    public void Judge_ComputesWithoutAStep_IsHungAfterTenTimesThePatience()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        for (var minute = 1; minute < 10; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(Liveness.Alive, watch.Judge(busy: true, steps: 0, TimeSpan.FromMinutes(minute), 'R'));
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Liveness.Hung, watch.Judge(busy: true, steps: 0, TimeSpan.FromMinutes(10), 'R'));
    }

    [Fact]
    public void Judge_SleepingWithWork_IsHungAfterThePatience()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(Liveness.Alive, watch.Judge(true, 0, TimeSpan.Zero, 'S'));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Liveness.Hung, watch.Judge(true, 0, TimeSpan.Zero, 'S'));
    }

    [Fact]
    public void Judge_InStateD_IsStuckNotHung()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Liveness.Stuck, watch.Judge(true, 0, TimeSpan.Zero, 'D'));
    }

    [Fact]
    public void Judge_Steps_StartThePatienceAnew()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        for (ulong step = 1; step < 100; step++)
        {
            time.Advance(TimeSpan.FromSeconds(59));
            Assert.Equal(Liveness.Alive, watch.Judge(true, step, TimeSpan.Zero, 'S'));
        }
    }

    [Fact]
    public void Judge_Idle_IsAliveForEver()
    {
        var time = new FakeTimeProvider();
        var watch = new ProgressWatch(time, s_patience);
        time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(Liveness.Alive, watch.Judge(busy: false, 0, TimeSpan.Zero, 'S'));
    }

    [Fact]
    public void TakeNext_JobThatSawADeath_RunsAlone()
    {
        var table = new JobTable(new ModelHostOptions { MaxWaiting = 8 }, TimeProvider.System) { Slots = 4 };
        Job suspect = NewJob(1), fresh = NewJob(2);
        suspect.Deaths = 1;
        table.Enqueue(suspect);
        table.Enqueue(fresh);
        Assert.Same(suspect, table.TakeNext());
        Assert.Null(table.TakeNext());
        Assert.True(suspect.TryTell(new Wire.Event { Delta = new Wire.Delta { Request = 1, Text = "x" } }));
        Assert.Same(fresh, table.TakeNext());
    }

    [Fact]
    public void TakeNext_SuspectBehindRunningOnes_WaitsForThem()
    {
        var table = new JobTable(new ModelHostOptions { MaxWaiting = 8 }, TimeProvider.System) { Slots = 4 };
        Job first = NewJob(1), suspect = NewJob(2);
        suspect.Deaths = 1;
        table.Enqueue(first);
        Assert.Same(first, table.TakeNext());
        table.Enqueue(suspect);
        Assert.Null(table.TakeNext());
        table.RemoveRunning(first, used: 1);
        Assert.Same(suspect, table.TakeNext());
    }

    [Fact]
    public void TakeNext_NoSlot_GivesNothing()
    {
        var table = new JobTable(new ModelHostOptions { MaxWaiting = 8 }, TimeProvider.System) { Slots = 1 };
        table.Enqueue(NewJob(1));
        table.Enqueue(NewJob(2));
        Assert.Equal(1UL, table.TakeNext()!.Id);
        Assert.Null(table.TakeNext());
        Assert.Equal((1, 1), (table.Running, table.Waiting));
    }

    [Fact]
    public void Requeue_SeveralJobs_AreAtTheHeadInTheirOrder()
    {
        var table = new JobTable(new ModelHostOptions { MaxWaiting = 8 }, TimeProvider.System) { Slots = 4 };
        table.Enqueue(NewJob(1));
        table.Enqueue(NewJob(2));
        table.TakeNext();
        table.TakeNext();
        table.Enqueue(NewJob(3));
        table.Requeue(table.TakeRunning());
        Assert.Equal([1UL, 2, 3], table.All.Select(job => job.Id));
    }

    [Fact]
    public void TryTell_SecondStarted_IsNotTold()
    {
        var job = NewJob(1);
        var started = new Wire.Event { Started = new Wire.Started { Request = 1 } };
        Assert.True(job.TryTell(started));
        Assert.True(job.TryTell(started));
        Assert.False(job.Produced);
        Assert.Equal(1, job.Events.Count);
    }

    [Fact]
    public void TryTell_ClientReadsNothing_IsRefusedAtTheLimit()
    {
        var job = NewJob(1);
        var delta = new Wire.Event { Delta = new Wire.Delta { Request = 1, Text = "x" } };
        for (var i = 0; i < EventQueue.MaxEvents; i++)
        {
            Assert.True(job.TryTell(delta));
        }

        Assert.False(job.TryTell(delta));
    }

    private static Job NewJob(ulong id) => new(new Wire.Command(), id, new Claim("uid:0"), default, 0);

    private static Wire.Command Prompt(string text, float temperature) =>
        new() { Generate = new Wire.Generate { Prompt = text, Sampling = new Wire.Sampling { Temperature = temperature } } };

    private static Wire.Command Conversation(string text) =>
        new() { Generate = new Wire.Generate { Conversation = new Wire.Conversation { Turns = { new Wire.Turn { Role = "user", Text = text } } } } };
}
