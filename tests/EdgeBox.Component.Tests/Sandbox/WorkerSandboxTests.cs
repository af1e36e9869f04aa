using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Sandbox;

/// <summary>What the kernel says of the worker that the daemon started, and what a worker that was taken over can reach.</summary>
[Trait("Tier", "component")]
public sealed class WorkerSandboxTests(SharedModels models)
{
    [Fact]
    public async Task Started_ByTheDaemon_IsBoundAsTheLaunchPolicySays()
    {
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Endless, "m");
        await box.Inference.AnswerAsync("m", "Work a little", maxTokens: 3);
        var pid = model.Worker.Pid;

        Assert.Equal(("1", "2"), (ProcFile.Status(pid, "NoNewPrivs"), ProcFile.Status(pid, "Seccomp")));
        Assert.Equal("0000000000000000", ProcFile.Status(pid, "CapEff"));
        var descriptors = ProcFile.Descriptors(pid);
        Assert.Equal("/dev/null", descriptors[0]);
        Assert.StartsWith("socket:", descriptors[3], StringComparison.Ordinal);
        Assert.Equal(models.Endless, descriptors[4]);
        Assert.Single(descriptors.Values, target => target.StartsWith("socket:", StringComparison.Ordinal));
        Assert.All(descriptors.Values.Where(target => target.StartsWith('/') && target != models.Endless), target =>
            Assert.True(target is "/dev/null" or "/dev/urandom" || target.StartsWith(Product.Packs, StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal), target));
        var limits = File.ReadAllLines($"/proc/{pid}/limits").ToDictionary(line => line[..26].Trim(), line => line[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["0", "0"], limits["Max core file size"][..2]);
        Assert.Equal(["0", "0"], limits["Max file size"][..2]);
        var environment = File.ReadAllText($"/proc/{pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["DOTNET_EnableDiagnostics=0", "LANG=C.UTF-8"], environment.Order());
        Assert.DoesNotContain(box.StateDirectory, File.ReadAllText($"/proc/{pid}/cmdline"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TakenOver_TriesEverything_ReachesNeitherStateNorModelsNorNetworkNorDaemon()
    {
        var directory = TestDirectory.Make();
        var worker = Path.Combine(Directory.CreateDirectory(Path.Combine(directory, "worker")).FullName, "worker");
        await CProgram.CompileAsync("int main(void) { return 0; }", worker);
        await using var box = await RunningBox.StartAsync(["--worker", worker], directory);
        var key = Directory.EnumerateFiles(box.StateDirectory, "*.pem", SearchOption.AllDirectories).First(file => File.ReadAllText(file).Contains("PRIVATE KEY", StringComparison.Ordinal));
        await CProgram.CompileAsync(HostileSource(box, key), worker, "-Wno-unused-result");

        var operation = await box.TryLoadAsync(models.Random, "hostile");

        Assert.Equal(ErrorReason.WorkerStartFailed, Refusal.Of(operation).Reason);
        var told = Refusal.Of(operation).Facts["stderr"];
        var results = told.Split('\n').Select(line => line.Split(' ')).Where(parts => parts.Length == 2 && int.TryParse(parts[1], out _))
            .GroupBy(parts => parts[0]).ToDictionary(group => group.Key, group => int.Parse(group.Last()[1], CultureInfo.InvariantCulture));
        Assert.True(results.ContainsKey("done"), told);
        string[] refused =
        [
            "open-database", "open-key", "open-other-model", "open-passwd", "list-etc", "create-in-tmp", "model-for-writing", "truncate", "unlink",
            "connect-tcp", "connect-dbus", "socket-udp", "socket-unix", "socket-netlink", "socketpair",
            "parent-mem", "parent-environ", "parent-maps", "parent-descriptors", "parent-ptrace", "parent-vm-read", "parent-vm-write",
            "parent-pidfd-getfd", "run-shell", "fork",
        ];
        Assert.All(refused, name => Assert.True(results.TryGetValue(name, out var errno) && errno is 1 or 13 or 38 or 2 or 3 or 9 or 22 or 30, $"{name}: {(results.TryGetValue(name, out var code) ? code : -1)}\n{told}"));
        Assert.Equal(0, results["need-model-by-path"]); // It did run, and could read what was given to it.
        Assert.False(box.HasExited);
        await box.AssertAuditIntactAsync();
    }

    /// <summary>The program that tries everything, told what to try on this box; it reports on standard error, which the daemon keeps.</summary>
    private string HostileSource(RunningBox box, string key)
    {
        var program = Path.Combine(Product.Root, "tests/EdgeBox.HostileWorker/hostile-worker.c");
        string[] arguments =
        [
            "hostile", $"database={Path.Combine(box.StateDirectory, "edgebox.db")}", $"key={key}", $"model={models.Endless}", $"outside={models.Endless}",
            $"port={box.TlsPort}", $"dbus={box.SocketPath}", $"parent={box.Pid}", "address=4096", "harmless=1",
        ];
        var values = string.Join(", ", arguments.Select(argument => $"\"{argument}\""));
        return $$"""
            #define main hostile_main
            #include "{{program}}"
            #undef main
            int main(void) {
                char *values[] = { {{values}}, NULL };
                dup2(2, 1);
                return hostile_main({{arguments.Length}}, values) ? 1 : 1;
            }
            """;
    }
}
