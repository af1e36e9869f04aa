using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>A box that starts for the first time: it serves, nothing leaves it, and what may be hostile finds nothing.</summary>
public sealed class FirstBootTests
{
    private const string Asleep = "nsenter -t $(systemctl show -P MainPID edgeboxd) -n";

    [Fact]
    public async Task Boot_FirstTime_ServesAndNothingLeaves()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        var folder = await VirtualMachine.PrepareAsync();
        await using var box = await VirtualMachine.StartAsync(folder, new() { SecondDisk = await MakeProbeDiskAsync(folder) });
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        await ServesOverMutualTlsAsync(box);
        await IsSealedAsync(box);
        await NothingLeavesAsync(box);
        await RefusesUsbAsync(box);

        await box.RunAsync("nft flush ruleset");
        await ProbeAsync(box, "root after its rules were flushed", "");
        await ProbeAsync(box, "the daemon's user after the rules were flushed", "setpriv --reuid=edgebox --regid=edgebox --clear-groups");
        await box.RunAsync("systemctl --no-block poweroff");
        await box.Line.ExpectAsync("Power down", TimeSpan.FromMinutes(2));
        Assert.Empty(box.Frames.Escaped);
        TestContext.Current.TestOutputHelper?.WriteLine($"frames on the wire: {box.Frames.Count}");
    }

    private static async Task ServesOverMutualTlsAsync(VirtualMachine box)
    {
        var credentials = await box.IssueAsync("alice");
        Assert.Contains("scripted model of EdgeBox", await box.AskAsync(credentials, "Who are you?"), StringComparison.Ordinal);
    }

    private static async Task IsSealedAsync(VirtualMachine box)
    {
        var score = await box.RunAsync("systemd-analyze security edgeboxd.service --no-pager | grep 'exposure level'");
        Assert.True(double.Parse(score.Split(':')[1].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) <= 2.0, score);
        Assert.Equal("1", await box.RunAsync("cat /proc/sys/kernel/modules_disabled"));
        Assert.Contains("[integrity]", await box.RunAsync("cat /sys/kernel/security/lockdown"), StringComparison.Ordinal);
        Assert.Contains("crypt", await box.RunAsync("lsblk -no TYPE,MOUNTPOINTS /dev/mapper/edgebox-data"), StringComparison.Ordinal);
        Assert.Contains("tpm2", await box.RunAsync("cryptsetup luksDump /dev/disk/by-partlabel/edgebox-data"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await box.TryAsync("touch /usr/x 2>/dev/null")).Code);
        Assert.Equal("lo", await box.RunAsync("ls /sys/class/net"));
        foreach (var absent in new[] { "apt-get", "dpkg", "curl", "wget", "ssh", "sshd", "dhclient", "resolvectl", "perl", "python3" })
        {
            Assert.Equal(127, (await box.TryAsync($"{absent} --version 2>/dev/null")).Code);
        }
    }

    private static async Task NothingLeavesAsync(VirtualMachine box)
    {
        await box.RunAsync("mkdir -p /run/probe && mount -o ro /dev/disk/by-id/virtio-second /run/probe && mount -o remount,exec /run 2>/dev/null; test -x /run/probe/probe");
        await ProbeAsync(box, "root", "");
        await ProbeAsync(box, "the daemon's user", "setpriv --reuid=edgebox --regid=edgebox --clear-groups");
        await ProbeAsync(box, "root where daemon and workers live", Asleep);
        await ProbeAsync(box, "the daemon's user where it lives", $"{Asleep} setpriv --reuid=edgebox --regid=edgebox --clear-groups");

        // One who breaks out to where the interfaces are meets the second wall, and its counters show that it was on the way.
        var before = await DroppedAsync(box);
        await ProbeAsync(box, "root behind the first wall", "ip netns exec lan");
        Assert.True(await DroppedAsync(box) >= before + 10, "The rules did not see what was sent.");
    }

    private static async Task<long> DroppedAsync(VirtualMachine box) => (await box.RunAsync(
        "ip netns exec lan nft list ruleset | sed -n 's/.*counter packets \\([0-9]*\\) .* drop/\\1/p'")).Split('\n').Sum(line => long.Parse(line, System.Globalization.CultureInfo.InvariantCulture));

    private static async Task ProbeAsync(VirtualMachine box, string who, string with)
    {
        var told = await box.RunAsync($"{with} /run/probe/probe");
        TestContext.Current.TestOutputHelper?.WriteLine($"{who}: {told.Replace('\n', ',')}");
        Assert.True(told.Split('\n').Length >= 27, $"{who}: the probe ended early: {told}");
        Assert.True(box.Frames.Escaped.Count == 0, $"{who}: {string.Join("; ", box.Frames.Escaped)}");
    }

    private static async Task RefusesUsbAsync(VirtualMachine box)
    {
        var inputs = await box.RunAsync("ls /sys/class/input");
        await box.PlugAsync("usb-kbd", "keyboard");
        await box.PlugAsync("usb-mouse", "mouse");
        await box.MonitorAsync("netdev_add user,id=stray,restrict=on");
        await box.PlugAsync("usb-net,netdev=stray", "adapter");
        await box.MonitorAsync($"drive_add 0 if=none,id=stick,format=raw,readonly=on,file={Path.Combine(Host.Root, "out/image/esp.img")}");
        await box.PlugAsync("usb-storage,drive=stick", "stick");
        await box.RunAsync("for i in $(seq 30); do [ -e /sys/block/sda ] && break; sleep 1; done; udevadm settle; test -e /sys/block/sda");
        Assert.Equal(inputs, await box.RunAsync("ls /sys/class/input"));
        Assert.Equal("lo", await box.RunAsync("ls /sys/class/net"));
        await box.PullAsync("stick");
        await box.RunAsync("for i in $(seq 30); do [ -e /sys/block/sda ] || break; sleep 1; done; test ! -e /sys/block/sda");
    }

    private static async Task<string> MakeProbeDiskAsync(string folder)
    {
        var files = Directory.CreateDirectory(Path.Combine(folder, "probe")).FullName;
        await Host.RunAsync("gcc", "-static", "-O1", "-o", Path.Combine(files, "probe"), Path.Combine(Host.Root, "tests/EdgeBox.Appliance.Tests/probe/probe.c"));
        var disk = Path.Combine(folder, "probe.img");
        await Host.RunAsync("/usr/sbin/mke2fs", "-q", "-t", "ext4", "-d", files, disk, "16M");
        return disk;
    }
}
