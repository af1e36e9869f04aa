using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Workers;
using EdgeBox.Platform.Systemd;
using EdgeBox.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeBox.Daemon.Tests.Models.Workers;

/// <summary>What becomes of units that do not come, and what is left of them.</summary>
public sealed class UnitStarterTests : IAsyncDisposable
{
    private static readonly UnitState s_failed = new("failed", false, "exit-code", 0, 1, 203);
    private static readonly UnitState s_running = new("active", false, "success", 1, 0, 0);

    private readonly DoorRig _rig = new();
    private readonly string _file = Path.GetTempFileName();

    private ScriptedManager Manager => _rig.Manager;

    public ValueTask DisposeAsync()
    {
        File.Delete(_file);
        return _rig.DisposeAsync();
    }

    [Fact]
    public async Task Start_SystemdRefuses_IsToldInItsWordsAndNothingIsLeft()
    {
        Manager.Refusal = new ServiceManagerException("Start edgebox-worker@0.service: systemd answered AccessDenied");
        await using var worker = Starter().Start(Order());

        Assert.Equal(new WorkerExit(Manager.Refusal.Message, Started: false), await worker.Exited);
        Assert.Equal(["limit edgebox-worker@0.service 1000"], Manager.Asked);
        Assert.Equal(0, await worker.Channel.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Start_UnitEndsBeforeItComes_IsToldHowAndForgotten()
    {
        Manager.Look = _ => s_failed;
        await using var worker = Starter().Start(Order());

        // In steps so small that it has looked long before its patience is over.
        var exit = await _rig.PassUntilAsync(worker.Exited, UnitControl.LookEvery / 1000);

        Assert.False(exit.Started);
        Assert.Contains("exited with code 203", exit.Words, StringComparison.Ordinal);
        Assert.Equal(["limit edgebox-worker@0.service 1000", "start edgebox-worker@0.service", "forget edgebox-worker@0.service"], Manager.Asked);
    }

    [Fact]
    public async Task Start_UnitNeverComes_IsKilledAfterAMinute()
    {
        Manager.Look = _ => Manager.Asked.Contains("stop edgebox-worker@0.service") ? ScriptedManager.Gone : s_running;
        await using var worker = Starter().Start(Order());
        await Manager.WhenAskedAsync("start edgebox-worker@0.service");
        var began = _rig.Time.GetUtcNow();

        var exit = await _rig.PassUntilAsync(worker.Exited, UnitControl.LookEvery);

        Assert.False(exit.Started);
        Assert.Contains("60 seconds", exit.Words, StringComparison.Ordinal);
        Assert.InRange(_rig.Time.GetUtcNow() - began, TimeSpan.FromSeconds(50), TimeSpan.FromHours(1));
        Assert.Equal(["kill edgebox-worker@0.service", "stop edgebox-worker@0.service"], Manager.Asked.Skip(2));
    }

    [Fact]
    public async Task Kill_WhileItIsOnItsWay_EndsIt()
    {
        Manager.Look = _ => Manager.Asked.Contains("stop edgebox-worker@0.service") ? ScriptedManager.Gone : s_running;
        await using var worker = Starter().Start(Order());

        await Manager.WhenAskedAsync("start edgebox-worker@0.service");
        worker.Kill();

        Assert.Equal("killed by its starter (SIGKILL)", (await _rig.PassUntilAsync(worker.Exited, UnitControl.LookEvery)).Words);
        Assert.Contains("kill edgebox-worker@0.service", Manager.Asked);
    }

    [Fact]
    public async Task Start_UnitsOfAnEarlierDaemonAreThere_AreEndedFirst()
    {
        Manager.Units = ["edgebox-worker@3.service"];
        Manager.Look = unit => unit != "edgebox-worker@3.service" || Manager.Asked.Contains("stop edgebox-worker@3.service") ? s_failed : s_running;
        await using var worker = Starter().Start(Order());

        await Manager.WhenAskedAsync("start edgebox-worker@0.service");

        Assert.Equal(
            ["kill edgebox-worker@3.service", "stop edgebox-worker@3.service", "forget edgebox-worker@3.service", "limit edgebox-worker@0.service 1000"],
            Manager.Asked.Take(4));
        await _rig.PassUntilAsync(worker.Exited, UnitControl.LookEvery);
    }

    [Fact]
    public async Task Start_AUnitCannotBeEnded_ItsNumberIsNotUsedAgain()
    {
        Manager.Look = unit => unit == "edgebox-worker@0.service" ? s_running : s_failed;
        var starter = Starter();
        await using var stuck = starter.Start(Order());
        await Manager.WhenAskedAsync("start edgebox-worker@0.service");
        stuck.Kill();
        await _rig.PassUntilAsync(stuck.Exited, TimeSpan.FromSeconds(1));

        await using var next = starter.Start(Order());
        await _rig.PassUntilAsync(next.Exited, UnitControl.LookEvery);

        Assert.Contains("start edgebox-worker@1.service", Manager.Asked);
        Assert.Single(Manager.Asked, "limit edgebox-worker@0.service 1000");
    }

    [Fact]
    public void Start_FileOfItsOwnerAlone_IsRefusedWithWhatToDo()
    {
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var handle = File.OpenHandle(_file);

        var refused = Assert.Throws<FailureException>(() => Starter().Start(new WorkerOrder("/worker", "/packs", [handle], 1000)));

        Assert.Equal(ErrorReason.WorkerStartFailed, refused.Reason);
        Assert.Contains("chmod o+r", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Manager.Asked);
    }

    [Fact]
    public void Take_AllNumbersAreTaken_ThereIsNoneUntilOneIsReturned()
    {
        var numbers = new UnitNumbers();
        Assert.Equal(Enumerable.Range(0, UnitNumbers.Most).Select(number => $"{number}"), Enumerable.Range(0, UnitNumbers.Most).Select(_ => numbers.Take()));
        Assert.Null(numbers.Take());
        numbers.Return("5");
        Assert.Equal("5", numbers.Take());
    }

    private UnitStarter Starter() => new(Manager, _rig.Door, _rig.Time, NullLogger<UnitStarter>.Instance);

    private WorkerOrder Order()
    {
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        return new WorkerOrder("/worker", "/packs", [File.OpenHandle(_file)], 1000);
    }
}
