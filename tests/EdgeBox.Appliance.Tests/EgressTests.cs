using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>Nothing leaves the box but address resolution and replies to flows that began outside, whoever tries and whenever.</summary>
public sealed class EgressTests
{
    [Fact]
    public async Task Everybody_TriesEverything_NothingLeavesEvenAfterFlushCrashAndInShutdown()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using var box = await VirtualMachine.StartAsync(chassis, new() { SecondDisk = await chassis.MakeProbeDiskAsync() });
        await box.ExpectHealthAsync("good");
        var prober = await ReadyAsync(box);
        await box.RunAsync("nft flush ruleset; ip netns exec lan nft flush ruleset");
        await prober.EverybodyTriesAsync("after all rules were flushed");
        await AnswersAsync(box);

        // The next start puts the rules back; until then the kernel is dead, and then the firmware has the machine.
        await box.RunAsync("printf 'address 10.0.2.15/24\\naddress fec0::15/64\\n' >/etc/edgebox/network.conf; sync");
        await box.WriteAsync("echo c >/proc/sysrq-trigger\n");
        await box.Line.ExpectAsync(@"\| starting", TimeSpan.FromMinutes(4));
        Assert.Contains("fec0::15/64", await box.ExpectHealthAsync("good"), StringComparison.Ordinal);
        prober = await ReadyAsync(box);
        await prober.EverybodyTriesAsync("after a crash, with an address of IPv6");
        await prober.WallDropsAsync("root behind the first wall, with an address of IPv6");
        await box.RunAsync("kill -9 $(pidof edgeboxd)");
        await prober.TryAsync("the daemon's user after the daemon crashed", "setpriv --reuid=edgebox --regid=edgebox --clear-groups");

        // These go on until the very end of the shutdown.
        foreach (var with in new[] { "", "ip netns exec lan", "setpriv --reuid=edgebox --regid=edgebox --clear-groups" })
        {
            await box.RunAsync($"systemd-run --quiet -p DefaultDependencies=no -p KillMode=none sh -c 'while :; do {with} /run/second/probe >/dev/null; done'");
        }

        await box.WriteAsync("systemctl --no-block poweroff\n"); // The shell may be gone before it can say that it did.
        await box.Line.ExpectAsync("Power down", TimeSpan.FromMinutes(4));
        await box.NothingEscapedAsync();
    }

    [Fact]
    public async Task Everybody_TriesBeforeRulesAreLoaded_NothingLeavesAndTheLineSaysThatTheNetworkIsOff()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        // A start that stays for good where no rule has been loaded yet.
        await chassis.AddKernelOptionsAsync("systemd.mask=edgebox-wall.service systemd.mask=edgebox-lan.service");
        await using var box = await VirtualMachine.StartAsync(chassis, new() { SecondDisk = await chassis.MakeProbeDiskAsync() });
        Assert.Contains("network is not up", await box.ExpectHealthAsync("degraded"), StringComparison.Ordinal);
        var prober = await ReadyAsync(box);
        Assert.Equal("", await box.RunAsync("nft list ruleset"));
        Assert.Contains("eth0", await box.RunAsync("ls /sys/class/net"), StringComparison.Ordinal);
        await prober.EverybodyTriesAsync("before any rule was loaded");
        Assert.Empty(box.Frames.Escaped);

        // That the sink is worth something: root who takes the box apart by hand is seen by it, try for try.
        await box.RunAsync("ip link set eth0 up; ip address add 10.0.2.15/24 dev eth0; /run/second/probe >/dev/null", 300);
        Assert.InRange(box.Frames.Escaped.Count, 10, int.MaxValue);
        Assert.Equal(await box.Wire.CountAsync(), box.Frames.Sent);
    }

    /// <summary>Somebody outside begins a flow: its replies go out, and the sink sees them.</summary>
    private static async Task AnswersAsync(VirtualMachine box)
    {
        var credentials = await box.IssueAsync("alice");
        Assert.Contains(VirtualMachine.Answer, await box.AskAsync(credentials, VirtualMachine.Question), StringComparison.Ordinal);
        Assert.InRange(box.Frames.Sent, 10, int.MaxValue);
    }

    private static async Task<Prober> ReadyAsync(VirtualMachine box)
    {
        await box.LogInAsync();
        await box.MountSecondDiskAsync();
        return new Prober(box);
    }
}
