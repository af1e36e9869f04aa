using System.Globalization;
using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>Each worker is a unit of its own: what binds it, what becomes of it, and who may ask systemd for what.</summary>
public sealed class WorkerUnitTests
{
    private const string Daemon = "setpriv --reuid=edgebox --regid=edgebox --init-groups";
    private const string Stranger = "setpriv --reuid=nobody --regid=nogroup --clear-groups";
    private const string Units = "systemctl list-units --plain --no-legend --state=active 'edgebox-worker@*'";
    private const string Ask = "edgeboxctl chat 'Who are you?' >/dev/null";

    [Fact]
    public async Task Worker_IsAUnit_BoundReplacedAndOutOfReach()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using var box = await VirtualMachine.StartAsync(chassis, new() { SecondDisk = await chassis.MakeProbeDiskAsync() });
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        await box.MountSecondDiskAsync();
        await box.RunAsync(Until(Ask));
        var unit = (await box.RunAsync($"{Units} | cut -d' ' -f1")).Trim();
        Assert.Matches(@"^edgebox-worker@[0-9]{1,2}\.service$", unit);
        await IsBoundAsync(box, unit);
        await PolkitRefusesAsync(box, unit);
        await TakenOverReachesNothingAsync(box);
        await IsReplacedAsync(box, unit);
    }

    private static async Task IsBoundAsync(VirtualMachine box, string unit)
    {
        var score = await box.RunAsync($"systemd-analyze security {unit} --no-pager | grep 'exposure level'");
        TestContext.Current.TestOutputHelper?.WriteLine(score);
        Assert.True(double.Parse(score.Split(':')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture) <= 2.0, score);
        var pid = await box.RunAsync($"systemctl show -P MainPID {unit}");
        Assert.Equal("/usr/lib/edgebox/edgebox-worker/edgebox-worker", await box.RunAsync($"readlink /proc/{pid}/exe"));
        var group = await box.RunAsync($"sed -n 's/^0:://p' /proc/{pid}/cgroup");
        Assert.EndsWith($"/{unit}", group, StringComparison.Ordinal);
        Assert.Equal(pid, await box.RunAsync($"cat '/sys/fs/cgroup{group}'/cgroup.procs"));

        // Some of what there is, and not the tenth short of all that a unit without a plan has.
        var most = long.Parse(await box.RunAsync($"cat '/sys/fs/cgroup{group}'/memory.max"), CultureInfo.InvariantCulture);
        var total = long.Parse(await box.RunAsync("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo"), CultureInfo.InvariantCulture) * 1024;
        TestContext.Current.TestOutputHelper?.WriteLine($"MemoryMax {most >> 20} MiB of {total >> 20} MiB");
        Assert.InRange(most, 64L << 20, total * 8 / 10);
        Assert.Equal("512", await box.RunAsync($"cat '/sys/fs/cgroup{group}'/pids.max"));

        var status = await box.RunAsync($"cat /proc/{pid}/status");
        var user = int.Parse(status.Split("Uid:")[1].Trim().Split('\t')[0], CultureInfo.InvariantCulture);
        Assert.InRange(user, 61184, 65519); // systemd's range of users that it makes up
        Assert.Contains("CapBnd:\t0000000000000000", status, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Equal("lo", await box.RunAsync($"tail -n +3 /proc/{pid}/net/dev | cut -d: -f1 | tr -d ' '"));
        Assert.NotEqual(await box.RunAsync("readlink /proc/1/ns/net"), await box.RunAsync($"readlink /proc/{pid}/ns/net"));
        Assert.Equal("", await box.RunAsync($"nsenter -t {pid} -m find /var/lib/edgebox /etc/edgebox /data /run/dbus -mindepth 1"));

        // The daemon sees what it takes, though it is another user's.
        Assert.Matches("\"residentBytes\": *\"[1-9][0-9]{6,}\"", await box.RunAsync("edgeboxctl --json model list"));
    }

    /// <summary>A program that tries everything stands in the worker's place, in its unit and bound as it: all is refused, and the box goes on.</summary>
    private static async Task TakenOverReachesNothingAsync(VirtualMachine box)
    {
        var daemon = await box.RunAsync("systemctl show -P MainPID edgeboxd");
        var told = await new Prober(box).InPlaceOfWorkerAsync("hostile");
        var attempts = told.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split(' ', 2)).Where(words => words.Length == 2)
            .GroupBy(words => words[0]).ToDictionary(group => group.Key, group => group.Last()[1]);
        // The last attempt, a call of another architecture, ends it on the spot: systemd binds it too.
        Assert.True(attempts.ContainsKey("set-user") && !attempts.ContainsKey("x32-call"), told);
        Assert.Equal(daemon, attempts["daemon"]); // It knew whom to attack.
        Assert.Equal("0000000000000000", attempts["CapEff"]);
        Assert.Equal("0 0", attempts["limits"]);
        Assert.Equal("2", attempts["need-meminfo"]); // The unit shows it no more of /proc than its own processes, and it works without.
        string[] facts = ["daemon", "descriptors", "content", "CapEff", "CapPrm", "limits", "need-meminfo"];
        foreach (var fact in facts)
        {
            attempts.Remove(fact);
        }

        Assert.Equal([], attempts.Where(attempt => IsNeeded(attempt.Key) != (attempt.Value == "0")).Select(attempt => $"{attempt.Key} {attempt.Value}"));
        Assert.InRange(attempts.Count, 115, 200);
        TestContext.Current.TestOutputHelper?.WriteLine($"a worker that was taken over: {attempts.Keys.Count(name => !IsNeeded(name))} attempts, all refused");
        Assert.Equal(daemon, await box.RunAsync("systemctl show -P MainPID edgeboxd"));
        await box.RunAsync("edgeboxctl audit verify");
        await box.RunAsync(Ask);
    }

    private static bool IsNeeded(string attempt) => attempt.StartsWith("need-", StringComparison.Ordinal);

    private static async Task PolkitRefusesAsync(VirtualMachine box, string unit)
    {
        string[] others =
        [
            "start edgebox-lan.service", "stop edgebox-line.service", "kill dbus.service", "restart edgeboxd.service", "start 'edgebox-worker@x.service'",
            "start 'edgebox-worker@100.service'", "set-property --runtime edgeboxd.service MemoryMax=1G", "reboot", "poweroff", "daemon-reload", "isolate rescue.target",
        ];
        foreach (var verb in others)
        {
            await RefusesAsync(box, $"{Daemon} systemctl --no-ask-password {verb}");
            await RefusesAsync(box, $"{Stranger} systemctl --no-ask-password {verb}");
        }

        await RefusesAsync(box, $"{Daemon} systemd-run --no-ask-password --quiet true");
        foreach (var verb in new[] { "start", "stop", "kill", "reset-failed" })
        {
            await RefusesAsync(box, $"{Stranger} systemctl --no-ask-password {verb} {unit}");
        }

        await RefusesAsync(box, $"{Stranger} systemctl --no-ask-password set-property --runtime {unit} MemoryMax=infinity");

        // Who is not of the group does not open the door, and who opens it and is no unit's main process gets nothing.
        const string Come = "/usr/lib/edgebox/edgeboxd/edgeboxd worker 0 /run/edgebox/workers.sock";
        Assert.Contains("Permission denied", (await box.TryAsync($"{Stranger} {Come} 2>&1")).Output, StringComparison.Ordinal);
        Assert.Contains("no work for this unit", (await box.TryAsync($"{Come} 2>&1")).Output, StringComparison.Ordinal);
        Assert.Equal("active", await box.RunAsync($"systemctl is-active {unit}"));
        await box.RunAsync("systemctl is-active edgebox-line.service dbus.service edgeboxd.service");
    }

    private static async Task IsReplacedAsync(VirtualMachine box, string unit)
    {
        var worker = await box.RunAsync("pidof edgebox-worker");
        await box.RunAsync($"{Daemon} systemctl --no-ask-password kill -s KILL {unit}");
        await box.RunAsync(Until($"{Ask} && test \"$(pidof edgebox-worker)\" != {worker}"));

        worker = await box.RunAsync("pidof edgebox-worker");
        await box.RunAsync("kill -9 $(systemctl show -P MainPID edgeboxd)");
        await box.RunAsync(Until($"test ! -e /proc/{worker}"));
        await box.RunAsync(Until(Ask));
        Assert.NotEqual(worker, await box.RunAsync("pidof edgebox-worker"));
        Assert.Equal("1", await box.RunAsync($"{Units} | wc -l"));

        await box.RunAsync("systemctl stop edgeboxd.socket edgeboxd-tls.socket edgeboxd-workers.socket edgeboxd.service 2>/dev/null");
        Assert.Equal("", await box.RunAsync("pidof edgebox-worker || true"));
    }

    private static async Task RefusesAsync(VirtualMachine box, string command)
    {
        var (code, output) = await box.TryAsync($"{command} 2>&1");
        Assert.True(code != 0, $"{command} was allowed: {output}");
        Assert.Matches("(?i)access denied|authentication|not authorized|permission denied", output);
    }

    private static string Until(string command) => $"for i in $(seq 60); do {command} && break; sleep 1; done; {command}";
}
