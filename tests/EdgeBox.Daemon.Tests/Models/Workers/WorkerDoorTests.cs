using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Tests.Models.Workers;

/// <summary>Who gets a worker's work: the main process of the unit that was asked for, and nobody else.</summary>
public sealed class WorkerDoorTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly UnitState s_own = new("active", false, "success", Environment.ProcessId, 0, 0);

    [Fact]
    public async Task Come_MainProcessOfTheUnit_IsLetIn()
    {
        await using var rig = new DoorRig();
        rig.Manager.Look = unit => unit == "edgebox-worker@7.service" ? s_own : ScriptedManager.Gone;
        var expected = rig.Door.Expect("7");
        using var visitor = rig.Come("7");

        var arrival = await expected;

        Assert.Equal((Environment.ProcessId, true), (arrival.Process.Pid, arrival.Process.IsAlive));
        arrival.Socket.Dispose();
        arrival.Process.Dispose();
    }

    [Theory]
    [InlineData("7", 1)] // another process is the unit's
    [InlineData("7", 0)] // the unit has none
    [InlineData("8", null)] // another unit was asked for
    [InlineData("", null)]
    [InlineData("000000000000000000000000000000007", null)] // longer than a name may be
    public async Task Come_SomebodyElse_IsRefused(string says, int? mainPid)
    {
        await using var rig = new DoorRig();
        rig.Manager.Look = _ => s_own with { MainPid = mainPid ?? Environment.ProcessId };
        var expected = rig.Door.Expect("7");
        using var visitor = rig.Come(says.Length == 0 ? null : says);
        if (says.Length == 0)
        {
            visitor.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        }

        Assert.Equal(0, await visitor.ReceiveAsync(new byte[1]).WaitAsync(s_patience));
        Assert.False(expected.IsCompleted);
        Assert.Equal(mainPid is null ? 0 : 1, rig.Manager.Looks);
    }

    [Fact]
    public async Task Come_ASecondTime_IsRefused()
    {
        await using var rig = new DoorRig();
        rig.Manager.Look = _ => s_own;
        var expected = rig.Door.Expect("7");
        using var first = rig.Come("7");
        var arrival = await expected;

        using var second = rig.Come("7");

        Assert.Equal(0, await second.ReceiveAsync(new byte[1]).WaitAsync(s_patience));
        rig.Door.Forget("7"); // Whoever came and was not taken in is sent away.
        Assert.Equal(0, await first.ReceiveAsync(new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => arrival.Socket.Available);
    }

    [Fact]
    public async Task Come_SaysNothing_IsSentAwayInTime()
    {
        await using var rig = new DoorRig();
        using var visitor = rig.Come(null);

        Assert.Equal(0, await rig.PassUntilAsync(visitor.ReceiveAsync(new byte[1]), TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Come_AsManyAsThereArePlacesSayNothing_TheNextIsLetInWhenTheyAreSentAway()
    {
        await using var rig = new DoorRig();
        rig.Manager.Look = _ => s_own;
        var silent = Enumerable.Range(0, 16).Select(_ => rig.Come(null)).ToList();
        var expected = rig.Door.Expect("7");
        using var visitor = rig.Come("7");

        var arrival = await rig.PassUntilAsync(expected, TimeSpan.FromSeconds(1));

        arrival.Socket.Dispose();
        arrival.Process.Dispose();
        silent.ForEach(socket => socket.Dispose());
    }
}
