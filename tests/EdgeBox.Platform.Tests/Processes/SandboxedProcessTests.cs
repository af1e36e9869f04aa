using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

public sealed class SandboxedProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_Program_TalksOverItsChannel()
    {
        await using var process = Start("echo");
        await process.Channel.WriteAsync("hello"u8.ToArray(), Cancel);
        var buffer = new byte[16];
        var count = await process.Channel.ReadAsync(buffer, Cancel);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, count));
        ((NetworkStream)process.Channel).Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(new ProcessExit(ProcessExitCause.Exited, 0, null), await process.Exited.WaitAsync(Cancel));
        Assert.Null(process.ReadState());
    }

    [Theory]
    [InlineData("exit 3", "exited with code 3")]
    [InlineData("abort", "aborted (SIGABRT)")]
    [InlineData("fault", "killed by SIGSEGV")]
    public async Task Exited_EachEnd_IsClassified(string arguments, string expected)
    {
        await using var process = Start(arguments.Split(' '));
        var exit = await process.Exited.WaitAsync(Cancel);
        Assert.Equal(expected, exit.Description);
        Assert.Equal(arguments == "abort" ? "about to abort\n" : "", process.StderrTail);
    }

    [Fact]
    public async Task StderrTail_Flood_KeepsTheLastEightKibibytes()
    {
        await using var process = Start("flood");
        Assert.Equal(0, (await process.Exited.WaitAsync(Cancel)).ExitCode);
        Assert.Equal(8192, process.StderrTail.Length);
        Assert.EndsWith("line 99998 of many\nline 99999 of many\n", process.StderrTail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_GivenEnvironment_IsTheWholeEnvironment()
    {
        await using var process = SandboxedProcess.Start(Options("environment") with { Environment = new Dictionary<string, string> { ["A"] = "ü=1" } });
        using var reader = new StreamReader(process.Channel);
        Assert.Equal("A=ü=1\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task Kill_SleepingProcess_IsToldFromAKillFromOutside()
    {
        await using var ours = Start("sleep");
        ours.Kill();
        Assert.Equal(new ProcessExit(ProcessExitCause.KilledByStarter, null, 9), await ours.Exited.WaitAsync(Cancel));

        await using var foreign = Start("sleep");
        using var killer = System.Diagnostics.Process.Start("kill", $"-9 {foreign.Pid}");
        Assert.Equal("killed by SIGKILL", (await foreign.Exited.WaitAsync(Cancel)).Description);
    }

    [Fact]
    public async Task ReadState_BusyThenIdle_TellsThemApart()
    {
        await using var busy = Start("spin");
        Assert.Equal(1, await busy.Channel.ReadAsync(new byte[1], Cancel));
        Assert.Equal('R', busy.ReadState()!.State);
        Assert.InRange(busy.ReadState()!.ProcessorTime, TimeSpan.FromMilliseconds(40), TimeSpan.FromMinutes(1));
        Assert.InRange(busy.ReadState()!.ResidentBytes, 100_000, 100_000_000);

        await using var idle = Start("echo");
        await idle.Channel.WriteAsync("x"u8.ToArray(), Cancel);
        Assert.Equal(1, await idle.Channel.ReadAsync(new byte[1], Cancel));
        Assert.InRange(idle.ReadState()!.ProcessorTime, TimeSpan.Zero, TimeSpan.FromMilliseconds(30));
    }

    [Fact]
    public async Task Start_Limits_HoldAndStarterStaysFree()
    {
        var before = StatusOfThreads();
        await using var process = SandboxedProcess.Start(Options("sleep") with
        {
            Limits = new ProcessLimits { OpenDescriptors = 77, AddressSpace = 1L << 40, PrivateMemory = 1L << 30, UserTasks = 5000 },
        });

        var limits = File.ReadAllLines($"/proc/{process.Pid}/limits");
        Assert.Matches("^Max core file size +0 +0 ", limits.Single(line => line.StartsWith("Max core", StringComparison.Ordinal)));
        Assert.Matches("^Max file size +0 +0 ", limits.Single(line => line.StartsWith("Max file size", StringComparison.Ordinal)));
        Assert.Matches("^Max open files +77 +77 ", limits.Single(line => line.StartsWith("Max open", StringComparison.Ordinal)));
        Assert.Matches("^Max address space +1099511627776 ", limits.Single(line => line.StartsWith("Max address", StringComparison.Ordinal)));
        Assert.Matches("^Max processes +5000 +5000 ", limits.Single(line => line.StartsWith("Max processes", StringComparison.Ordinal)));
        Assert.Equal("500\n", File.ReadAllText($"/proc/{process.Pid}/oom_score_adj"));
        var status = File.ReadAllText($"/proc/{process.Pid}/status");
        Assert.Contains("NoNewPrivs:\t1\n", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2\n", status, StringComparison.Ordinal);

        Assert.Equal(before, StatusOfThreads());
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.NotEmpty(File.ReadAllText("/etc/passwd"));
    }

    [Fact]
    public async Task Start_ProgramOnTheDotnetRuntime_Runs()
    {
        var runtime = new FileInfo(Environment.ProcessPath!).Name == "dotnet" ? Environment.ProcessPath! : Path.GetFullPath(
            Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        await using var process = SandboxedProcess.Start(new SandboxedProcessOptions
        {
            Program = runtime,
            Arguments = [Path.Combine(AppContext.BaseDirectory, "edgebox-testing.dll")],
            Paths = [new(Path.GetDirectoryName(runtime)!, SandboxAccess.Read), new(AppContext.BaseDirectory, SandboxAccess.Read)],
            Environment = new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" },
        });
        var exit = await process.Exited.WaitAsync(Cancel);
        Assert.StartsWith("usage: edgebox-testing", process.StderrTail, StringComparison.Ordinal);
        Assert.Equal(2, exit.ExitCode);
    }

    [Theory]
    [InlineData("relative/program", "Program: 'relative/program' is not an absolute path.")]
    [InlineData("/nowhere/program", "Granting the sandbox path '/nowhere/program': No such file or directory")]
    [InlineData("/etc/passwd", "'/etc/passwd' is not a 64-bit ELF program")]
    public void Start_UnusableProgram_SaysWhy(string program, string expected)
    {
        var refused = Assert.Throws<ProcessStartException>(() => SandboxedProcess.Start(new SandboxedProcessOptions { Program = program }));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_MissingGrant_StopsUnlessOptional()
    {
        var options = Options("exit", "0") with { Paths = [new SandboxPath("/nowhere", SandboxAccess.Read)] };
        var refused = Assert.Throws<ProcessStartException>(() => SandboxedProcess.Start(options));
        Assert.Contains("Granting the sandbox path '/nowhere'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_KernelWithoutParts_NamesThem()
    {
        Assert.Contains("neither landlock", new SandboxSupport(0, false).Missing!, StringComparison.Ordinal);
        Assert.Contains("no landlock", new SandboxSupport(0, true).Missing!, StringComparison.Ordinal);
        Assert.Contains("no seccomp filters", new SandboxSupport(7, false).Missing!, StringComparison.Ordinal);
        Assert.Null(new SandboxSupport(1, true).Missing);
    }

    private static List<string> StatusOfThreads() => [.. Directory.GetDirectories("/proc/self/task")
        .SelectMany(thread => File.ReadAllLines(Path.Combine(thread, "status")))
        .Where(line => line.StartsWith("NoNewPrivs", StringComparison.Ordinal) || line.StartsWith("Seccomp", StringComparison.Ordinal))
        .Distinct().Order()];

    private static SandboxedProcessOptions Options(params string[] arguments) => new() { Program = CProgram.Build("sandboxed"), Arguments = arguments };

    private static SandboxedProcess Start(params string[] arguments) => SandboxedProcess.Start(Options(arguments));
}
