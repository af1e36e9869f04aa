using System.Globalization;
using System.Text.RegularExpressions;
using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>A box that starts for the first time: it serves, it is sealed, nothing leaves it, and what is plugged in finds no driver.</summary>
public sealed class FirstBootTests
{
    [Fact]
    public async Task Boot_FirstTime_ServesAndIsSealed()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using (var box = await VirtualMachine.StartAsync(chassis, new() { SecondDisk = await chassis.MakeProbeDiskAsync() }))
        {
            await box.ExpectHealthAsync("good");
            Tell($"first boot, from power to good: {box.Since.TotalSeconds:F1} s");
            await box.LogInAsync();
            var credentials = await box.IssueAsync("alice");
            Assert.Contains(VirtualMachine.Answer, await box.AskAsync(credentials, VirtualMachine.Question), StringComparison.Ordinal);
            await GatewayAnswersAsync(box, credentials);
            await IsSealedAsync(box);
            await box.MountSecondDiskAsync();
            var prober = new Prober(box);
            await prober.EverybodyTriesAsync("at the first boot");
            await prober.WallDropsAsync("root behind the first wall");
            await RefusesUsbAsync(box);
            Tell("memory: " + (await box.RunAsync("grep -E 'MemTotal|MemAvailable' /proc/meminfo; systemctl show edgeboxd -p MemoryCurrent,MemoryPeak; grep VmRSS /proc/$(pidof edgeboxd)/status /proc/$(pidof edgebox-worker)/status")).Replace("\n", "\n  ", StringComparison.Ordinal));
            await box.WriteAsync("systemctl --no-block poweroff\n"); // The shell may be gone before it can say that it did.
            await box.Line.ExpectAsync("Power down", TimeSpan.FromMinutes(4));
            await box.NothingEscapedAsync();
        }

        await using var again = await VirtualMachine.StartAsync(chassis);
        var alice = Path.Combine(chassis.Folder, "alice");
        var words = again.FirstWordsAsync(alice, VirtualMachine.Question);
        await again.ExpectHealthAsync("good");
        Tell($"second boot, from power to good: {again.Since.TotalSeconds:F1} s");
        Tell($"second boot, from power to the first words of an answer outside: {(await words).TotalSeconds:F1} s");
        Assert.Contains(VirtualMachine.Answer, await again.AskAsync(alice, VirtualMachine.Question), StringComparison.Ordinal);
    }

    private static void Tell(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static async Task GatewayAnswersAsync(VirtualMachine box, string credentials)
    {
        var key = await box.RunAsync("edgeboxctl --json access issue-key chatbox | grep -oE 'ebx_[0-9A-Za-z]{49}'");
        Assert.Contains("edgebox-mini", await box.FetchAsync(credentials, key, "/v1/models"), StringComparison.Ordinal);
        var body = $$"""{"model":"edgebox-mini","messages":[{"role":"user","content":"{{VirtualMachine.Question}}"}]}""";
        var answer = await box.FetchAsync(credentials, key, "/v1/chat/completions", "--header", "Content-Type: application/json", "--data", body);
        Assert.Contains(VirtualMachine.Answer, answer, StringComparison.Ordinal);
        Assert.Contains("401", (await Assert.ThrowsAnyAsync<Exception>(() => box.FetchAsync(credentials, "ebx_none", "/v1/models"))).Message, StringComparison.Ordinal);
    }

    private static async Task IsSealedAsync(VirtualMachine box)
    {
        foreach (var unit in (await box.RunAsync("systemctl list-units --plain --no-legend 'edgeboxd.service' 'edgebox-worker@*' | cut -d' ' -f1")).Split('\n'))
        {
            var score = await box.RunAsync($"systemd-analyze security {unit} --no-pager | grep 'exposure level'");
            Tell(score);
            Assert.True(double.Parse(Regex.Match(score, @"[0-9]+\.[0-9]+").Value, CultureInfo.InvariantCulture) <= 2.0, score);
        }

        Assert.Equal("1", await box.RunAsync("cat /proc/sys/kernel/modules_disabled"));
        Assert.Contains("[integrity]", await box.RunAsync("cat /sys/kernel/security/lockdown"), StringComparison.Ordinal);
        Assert.Contains("crypt", await box.RunAsync("lsblk -no TYPE,MOUNTPOINTS /dev/mapper/edgebox-data"), StringComparison.Ordinal);
        Assert.Contains("tpm2", await box.RunAsync("cryptsetup luksDump /dev/disk/by-partlabel/edgebox-data"), StringComparison.Ordinal);
        Assert.Equal("yes", await box.RunAsync("systemctl show edgeboxd -P MemoryDenyWriteExecute"));
        Assert.NotEqual(0, (await box.TryAsync("touch /usr/x 2>/dev/null")).Code);
        Assert.Equal("lo", await box.RunAsync("ls /sys/class/net"));
        foreach (var absent in new[] { "apt-get", "dpkg", "curl", "wget", "ssh", "sshd", "dhclient", "resolvectl", "perl", "python3" })
        {
            Assert.Equal(127, (await box.TryAsync($"{absent} --version 2>/dev/null")).Code);
        }
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
}
