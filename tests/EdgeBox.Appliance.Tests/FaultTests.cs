using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>What breaks: the box serves again unaided, or its serial line says in plain words what is wrong.</summary>
public sealed class FaultTests
{
    private const string Ask = $"edgeboxctl chat '{VirtualMachine.Question}' | grep -q '{VirtualMachine.Answer}'";
    private static readonly TimeSpan s_soon = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Daemon_StoppedInTheMiddleOfAnAnswer_EndsItFirst()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using var box = await StartAsync(chassis);
        var credentials = await box.IssueAsync("alice");
        await box.RunAsync(Ask); // What comes before each question has been read.
        var answer = box.AskAsync(credentials, string.Concat(Enumerable.Repeat(VirtualMachine.Question + " ", 3)));
        await box.RunAsync("for i in $(seq 200); do edgeboxctl --json model list | grep -qE '\"activeRequests\": *[1-9]' && break; done; edgeboxctl --json model list | grep -qE '\"activeRequests\": *[1-9]'");
        Assert.False(answer.IsCompleted);

        await box.RunAsync("systemctl stop edgeboxd.service 2>/dev/null");

        TestContext.Current.TestOutputHelper?.WriteLine(await box.RunAsync("journalctl -u edgeboxd --no-pager -o short-monotonic | tail -8"));
        Assert.NotEqual("", (await answer).Trim());
        Assert.Equal("success", await box.RunAsync("systemctl show -P Result edgeboxd"));
        Assert.Equal("", await box.RunAsync("pidof edgebox-worker || true"));

        // Its doors are still open: who knocks wakes it.
        Assert.Contains(VirtualMachine.Answer, await box.AskAsync(credentials, VirtualMachine.Question), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_KilledAndHung_AreReplacedAndGivenUpInWords()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using var box = await StartAsync(chassis);
        await box.RunAsync(Ask);

        await box.RunAsync("kill -9 $(pidof edgebox-worker)");
        await box.RunAsync(Until(Ask));
        await box.RunAsync("kill -9 $(pidof edgeboxd)");
        await box.Line.ExpectAsync("being started again|starting", s_soon);
        await box.ExpectHealthAsync("good");
        await box.RunAsync(Until(Ask));
        await box.RunAsync("kill -STOP $(pidof edgeboxd)");
        await box.Line.ExpectLineAsync("The daemon hung", s_soon);
        await box.ExpectHealthAsync("good");
        await box.RunAsync("journalctl -u edgeboxd --no-pager | grep -q 'Watchdog timeout'");
        await box.RunAsync(Until(Ask));

        await box.RunAsync("for i in $(seq 60); do kill -9 $(pidof edgeboxd) 2>/dev/null; sleep 1; systemctl -q is-failed edgeboxd && break; done; systemctl -q is-failed edgeboxd", 480);
        Assert.Contains("| bad |", await box.Line.ExpectLineAsync("no longer started", s_soon), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1970-01-02T00:00:00")]
    [InlineData("2038-01-20T00:00:00")]
    public async Task Boot_ClockIsWrong_Serves(string clock)
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        await using var box = await StartAsync(chassis, new() { Clock = clock });
        TestContext.Current.TestOutputHelper?.WriteLine(await box.RunAsync("date"));
        var credentials = await box.IssueAsync("alice");
        Assert.Contains(VirtualMachine.Answer, await box.AskAsync(credentials, VirtualMachine.Question), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataPartition_FullReadOnlyWithoutTpmWipedAndCorrupted_IsToldInWords()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        string identity;
        await using (var box = await StartAsync(chassis))
        {
            identity = await IdentityAsync(box);
            await box.RunAsync("dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; sync");
            await box.RunAsync(Ask);
            await box.Line.ExpectLineAsync("disk is full", s_soon);
        }

        await TellsAsync(chassis, new(), "degraded", "disk is full");
        await TellsAsync(chassis, new() { ReadOnly = true }, "bad", "disk is read-only");
        await TellsAsync(chassis, new() { Tpm = false }, "bad", "There is no TPM");

        await using (var box = await VirtualMachine.StartAsync(chassis))
        {
            await box.ExpectHealthAsync("degraded");
            await box.LogInAsync();
            await box.RunAsync("rm /data/fill");
            await box.ExpectHealthAsync("good");
            await box.RunAsync(Until(Ask));
            Assert.Equal(identity, await IdentityAsync(box));
            await box.WriteAsync("systemd-run --no-block --quiet /usr/lib/edgebox/system/wipe\n");
            await box.Line.ExpectAsync(@"\| starting", s_soon);
            await box.ExpectHealthAsync("good");
            await box.LogInAsync();
            await box.RunAsync(Until(Ask));
            Assert.NotEqual(identity, await IdentityAsync(box));
            // What is inside the encryption is spoilt: superblocks, tables and journal.
            await box.RunAsync("for at in 0 128 384 640 896 1152; do dd if=/dev/urandom of=/dev/mapper/edgebox-data bs=1M count=16 seek=$at oflag=direct conv=notrunc,nocreat 2>/dev/null; done; true");
        }

        await TellsAsync(chassis, new(), "bad", "damaged beyond what can be mended");
        await chassis.SpoilDataAsync();
        await TellsAsync(chassis, new(), "bad", "cannot be unlocked");
    }

    private static async Task<VirtualMachine> StartAsync(Chassis chassis, MachineOptions? options = null)
    {
        var box = await VirtualMachine.StartAsync(chassis, options);
        try
        {
            await box.ExpectHealthAsync("good");
            await box.LogInAsync();
            return box;
        }
        catch
        {
            await box.DisposeAsync();
            throw;
        }
    }

    private static async Task TellsAsync(Chassis chassis, MachineOptions options, string health, string words)
    {
        await using var box = await VirtualMachine.StartAsync(chassis, options);
        var told = await box.ExpectHealthAsync(health);
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.Contains(words, told, StringComparison.Ordinal);
    }

    private static Task<string> IdentityAsync(VirtualMachine box) => box.RunAsync("edgeboxctl status | sed -n 's/^Box *//p'");

    private static string Until(string command) => $"for i in $(seq 60); do {command} && break; sleep 1; done; {command}";
}
