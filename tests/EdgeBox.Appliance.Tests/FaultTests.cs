using System.Globalization;
using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>What breaks: the box serves again unaided, or its serial line says in plain words what is wrong.</summary>
public sealed class FaultTests
{
    private const string Ask = "edgeboxctl chat 'Who are you?' | grep -q 'scripted model'";
    private static readonly TimeSpan s_soon = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Processes_KilledAndHung_AreReplacedAndGivenUpInWords()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        await using var box = await VirtualMachine.StartAsync(await VirtualMachine.PrepareAsync());
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        await box.RunAsync(Ask);

        await box.RunAsync("kill -9 $(pidof edgebox-worker)");
        await box.RunAsync(Until(Ask));
        await box.RunAsync("kill -9 $(pidof edgeboxd)");
        await box.Line.ExpectAsync(@"being started again|starting", s_soon);
        await box.ExpectHealthAsync("good");
        await box.RunAsync(Until(Ask));
        await box.RunAsync("kill -STOP $(pidof edgeboxd)");
        await box.Line.ExpectAsync(@"\| (bad|stopping|starting)", s_soon);
        await box.ExpectHealthAsync("good");
        await box.RunAsync("journalctl -u edgeboxd --no-pager | grep -q 'Watchdog timeout'");
        await box.RunAsync(Until(Ask));

        await box.RunAsync("for i in $(seq 30); do kill -9 $(pidof edgeboxd); sleep 1.5; systemctl -q is-failed edgeboxd && break; done; systemctl -q is-failed edgeboxd");
        Assert.Contains("no longer started", await box.ExpectHealthAsync("bad"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1970-01-02T00:00:00")]
    [InlineData("2038-01-20T00:00:00")]
    public async Task Boot_ClockIsWrong_Serves(string clock)
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        await using var box = await VirtualMachine.StartAsync(await VirtualMachine.PrepareAsync(), new() { Clock = clock });
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        var credentials = await box.IssueAsync("alice");
        Assert.Contains("scripted model", await box.AskAsync(credentials, "Who are you?"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataPartition_FullWithoutTpmCorruptedAndWiped_IsToldInWords()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        var folder = await VirtualMachine.PrepareAsync();
        string identity;
        await using (var box = await VirtualMachine.StartAsync(folder))
        {
            await box.ExpectHealthAsync("good");
            await box.LogInAsync();
            identity = await box.RunAsync("edgeboxctl status | sed -n 's/^Box *//p'");
            await box.RunAsync("dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; sync");
            await box.RunAsync(Ask);
        }

        await using (var box = await VirtualMachine.StartAsync(folder))
        {
            Assert.Contains("disk is full", await box.ExpectHealthAsync("(degraded|bad)"), StringComparison.Ordinal);
        }

        await using (var box = await VirtualMachine.StartAsync(folder, new() { Tpm = false }))
        {
            Assert.Contains("There is no TPM", await box.ExpectHealthAsync("bad"), StringComparison.Ordinal);
        }

        await using (var box = await VirtualMachine.StartAsync(folder))
        {
            await box.ExpectHealthAsync("(degraded|bad)");
            await box.LogInAsync();
            await box.RunAsync("rm /data/fill");
            await box.RunAsync("systemd-run --no-block --quiet /usr/lib/edgebox/system/wipe");
            await box.Line.ExpectAsync(@"\| good", TimeSpan.FromMinutes(5));
            await box.LogInAsync();
            Assert.NotEqual(identity, await box.RunAsync("edgeboxctl status | sed -n 's/^Box *//p'"));
        }

        await OverwriteAsync(folder);
        await using (var box = await VirtualMachine.StartAsync(folder))
        {
            Assert.Contains("data partition", await box.ExpectHealthAsync("bad"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Power_CutWhileItStarts_ServesAgain()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        var folder = await VirtualMachine.PrepareAsync();
        var cuts = int.Parse(Environment.GetEnvironmentVariable("EDGEBOX_POWER_CUTS") ?? "5", CultureInfo.InvariantCulture);
        for (var i = 1; i <= cuts; i++)
        {
            // Points are spread over the whole of a start, the first one included, in which the data partition is made.
            var point = TimeSpan.FromSeconds(20 + (50.0 * i / cuts));
            await using var cut = await VirtualMachine.StartAsync(folder);
            await Assert.ThrowsAnyAsync<Exception>(() => cut.Line.ExpectAsync("this never comes", point));
            await cut.CutAsync();
        }

        await using var box = await VirtualMachine.StartAsync(folder);
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        await box.RunAsync(Ask);
    }

    private static string Until(string command) => $"for i in $(seq 60); do {command} && break; sleep 1; done; {command}";

    // The first MiB of the data partition, the fourth: both headers of its encryption begin there.
    private static async Task OverwriteAsync(string folder)
    {
        var table = await Host.RunAsync("/usr/sbin/sfdisk", "--dump", VirtualMachine.DiskOf(folder));
        var line = table.Split('\n').First(entry => entry.Contains("edgebox-data", StringComparison.Ordinal));
        var start = long.Parse(line.Split("start=")[1].Split(',')[0], CultureInfo.InvariantCulture) * 512;
        await using var disk = new FileStream(VirtualMachine.DiskOf(folder), FileMode.Open, FileAccess.Write);
        disk.Position = start;
        await disk.WriteAsync(new byte[1024 * 1024]);
    }
}
