namespace EdgeBox.Component.Tests.Units;

/// <summary>The published daemon under a real systemd, as a user's, in namespaces of its own; everything in it ends with this object.</summary>
internal sealed class UnitBox : IAsyncDisposable
{
    private readonly Process _namespaces;
    private readonly string _group;
    private readonly int _manager;

    private UnitBox(Process namespaces, string group, int manager)
    {
        (_namespaces, _group, _manager) = (namespaces, group, manager);
    }

    private static string Script => Path.Combine(Product.Root, "tests/EdgeBox.Component.Tests/Units/box.sh");

    /// <summary>Why it cannot run here; null if it can.</summary>
    public static string? Missing =>
        !Environment.IsPrivilegedProcess ? "only root can make the namespaces that systemd runs in"
        : new[] { "/usr/lib/systemd/systemd", "/usr/bin/dbus-daemon", "/usr/bin/unshare", "/usr/bin/nsenter" }.FirstOrDefault(file => !File.Exists(file)) is { } file ? $"{file} is not on this machine"
        : !File.ReadAllText("/proc/filesystems").Contains("cgroup2", StringComparison.Ordinal) ? "this kernel has no control groups of version 2"
        : null;

    /// <summary>Starts systemd and the daemon.</summary>
    public static async Task<UnitBox> StartAsync()
    {
        var directory = TestDirectory.Make();
        var group = $"edgebox-test-{Guid.NewGuid():N}";
        var process = Process.Start(new ProcessStartInfo("unshare", ["-mpf", "--mount-proc", "--kill-child", "bash", Script, Product.Root, directory, group]))!;
        var (manager, _) = await Eventually.GetAsync("systemd's process", () => Task.FromResult(
            File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Split(' ')[0] is { Length: > 0 } pid ? pid : null));
        var box = new UnitBox(process, group, int.Parse(manager, CultureInfo.InvariantCulture));
        try
        {
            await Eventually.TrueAsync("systemd starts the daemon", async () => (await box.TryAsync("systemctl", "--user", "start", "edgeboxd.service")).ExitCode == 0);
            return box;
        }
        catch
        {
            await box.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program inside, which has to succeed; returns what it wrote.</summary>
    public async Task<string> RunAsync(params string[] command)
    {
        var ran = await TryAsync(command);
        Assert.True(ran.ExitCode == 0, $"{string.Join(' ', command)}: {ran}");
        return ran.Output.Trim();
    }

    /// <summary>Runs a program inside.</summary>
    public Task<Ran> TryAsync(params string[] command) => Command.RunAsync(
        ["nsenter", "-t", $"{_manager}", "-m", "-p", "env", "XDG_RUNTIME_DIR=/run/user/0", "EDGEBOX_ENDPOINT=unix:/run/edgebox/edgeboxd.sock", .. command]);

    /// <summary>A property of a unit.</summary>
    public Task<string> ShowAsync(string unit, string property) => RunAsync("systemctl", "--user", "show", "-P", property, unit);

    /// <summary>Asks the model, and asks again for half a minute if that does not work.</summary>
    public Task AnswersAsync() => Eventually.TrueAsync("the model answers", async () =>
        (await TryAsync(Product.Cli, "chat", SharedModels.ScriptedQuestion)).Output.Contains(SharedModels.ScriptedAnswer, StringComparison.Ordinal), TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        // The first process of a process namespace takes all others with it.
        Product.Signal(_manager, 9);
        await _namespaces.WaitForExitAsync();
        _namespaces.Dispose();
        await Command.RunAsync(["unshare", "-m", "bash", Script, _group]);
    }
}
