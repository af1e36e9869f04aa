namespace EdgeBox.Component.Tests.Units;

/// <summary>Each worker a unit of a real systemd: what it is bound by, who gets its work, and what becomes of it.</summary>
[Trait("Tier", "component")]
public sealed class UnitTests(SharedModels models)
{
    private const string First = "edgebox-worker@0.service";

    [Fact]
    public async Task Worker_IsAUnit_BoundAndReplacedWhenItIsKilled()
    {
        await using var box = await LoadedAsync();
        var pid = await box.ShowAsync(First, "MainPID");
        Assert.Equal(Product.Worker, await box.RunAsync("readlink", $"/proc/{pid}/exe"));
        var status = await box.RunAsync("cat", $"/proc/{pid}/status");
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        // The unit's filters, and the worker's own within them.
        Assert.True(int.Parse(status.Split("Seccomp_filters:\t")[1].Split('\n')[0], CultureInfo.InvariantCulture) >= 2, status);
        var memory = long.Parse(await box.ShowAsync(First, "MemoryMax"), CultureInfo.InvariantCulture);
        Assert.InRange(memory, new FileInfo(models.Scripted).Length, 2L << 30);
        var descriptors = (await box.RunAsync("sh", "-c", $"for i in /proc/{pid}/fd/*; do readlink $i; done")).Split('\n');
        Assert.Equal(1, descriptors.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)));
        Assert.Contains(models.Scripted, descriptors);
        Assert.DoesNotContain(descriptors, target => target.Contains("state", StringComparison.Ordinal));

        await box.RunAsync("systemctl", "--user", "kill", "-s", "KILL", First);
        await box.AnswersAsync();

        Assert.NotEqual(pid, await box.ShowAsync(First, "MainPID"));
        Assert.Contains("killed by SIGKILL", await box.RunAsync(Product.Cli, "model", "show", "m"), StringComparison.Ordinal);
        await box.RunAsync(Product.Cli, "model", "unload", "m");
        await Eventually.TrueAsync("nothing is left of it", async () => await box.RunAsync("systemctl", "--user", "list-units", "--all", "--no-legend", "edgebox-worker@*") == "");
    }

    [Fact]
    public async Task Daemon_IsKilled_ItsWorkersEndAndItServesAgain()
    {
        await using var box = await LoadedAsync();
        var (daemon, worker) = (await box.ShowAsync("edgeboxd.service", "MainPID"), await box.ShowAsync(First, "MainPID"));

        await box.RunAsync("kill", "-9", daemon);

        await Eventually.TrueAsync("its worker ends", async () => (await box.TryAsync("test", "-e", $"/proc/{worker}")).ExitCode != 0);
        await box.AnswersAsync();
        Assert.NotEqual(daemon, await box.ShowAsync("edgeboxd.service", "MainPID"));
        await box.RunAsync("systemctl", "--user", "stop", "edgeboxd.socket", "edgeboxd-workers.socket", "edgeboxd.service");
        Assert.Equal("", await box.RunAsync("systemctl", "--user", "list-units", "--no-legend", "--state=active", "edgebox*.service"));
    }

    [Fact]
    public async Task Stranger_ComesForAWorkersWork_GetsNothing()
    {
        await using var box = await LoadedAsync();

        foreach (var instance in new[] { "0", "1", "x" })
        {
            var ran = await box.TryAsync(Product.Daemon, "worker", instance, "/run/edgebox/workers.sock");
            Assert.Equal(1, ran.ExitCode);
            Assert.Contains("has no work for this unit", ran.Error, StringComparison.Ordinal);
        }

        // Nor does a unit that nobody asked for: it ends, and serving goes on.
        await box.TryAsync("systemctl", "--user", "start", "edgebox-worker@9.service");
        await Eventually.TrueAsync("it ends", async () => await box.ShowAsync("edgebox-worker@9.service", "ActiveState") == "failed");
        Assert.Equal("1", await box.ShowAsync("edgebox-worker@9.service", "ExecMainStatus"));
        await box.AnswersAsync();
    }

    private async Task<UnitBox> LoadedAsync()
    {
        Assert.SkipWhen(UnitBox.Missing is not null, UnitBox.Missing ?? "");
        var box = await UnitBox.StartAsync();
        File.SetUnixFileMode(models.Scripted, File.GetUnixFileMode(models.Scripted) | UnixFileMode.OtherRead);
        await box.RunAsync(Product.Cli, "model", "load", models.Scripted, "--name", "m");
        await box.AnswersAsync();
        return box;
    }
}
