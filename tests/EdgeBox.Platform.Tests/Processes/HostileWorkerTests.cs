using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Platform.Files;
using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>A worker that was taken over tries everything, one by one; each attempt is refused, and what it needs still works.</summary>
public sealed class HostileWorkerTests : IDisposable
{
    private static readonly string[] s_refusals = ["1", "13", "38"]; // EPERM, EACCES, ENOSYS

    private readonly string _directory = Directory.CreateTempSubdirectory("hostile-").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _bus = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private GCHandle _secret = GCHandle.Alloc("a secret of the parent"u8.ToArray(), GCHandleType.Pinned);

    public HostileWorkerTests()
    {
        foreach (var name in new[] { "database", "key", "model", "other", "outside" })
        {
            File.WriteAllText(Path.Combine(_directory, name), $"content of {name}");
            File.SetUnixFileMode(Path.Combine(_directory, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _listener.Start();
        _bus.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "bus")));
        _bus.Listen();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Model => Path.Combine(_directory, "model");

    public void Dispose()
    {
        _listener.Dispose();
        _bus.Dispose();
        _secret.Free();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Start_ProgramThatWasTakenOver_CanDoNothingButItsWork()
    {
        var lines = await RunSandboxedAsync("sandboxed=1");

        Assert.Equal("0 1 2 3 4", lines["descriptors"]);
        Assert.Equal("content of model", lines["content"]);
        Assert.Equal("0 0", lines["limits"]);
        Assert.Equal("0000000000000000", lines["CapEff"]);
        Assert.Equal("0000000000000000", lines["CapPrm"]);
        Assert.Equal("0", lines["done"]);
        var attempts = lines.Where(line => line.Key is not ("descriptors" or "content" or "limits" or "CapEff" or "CapPrm" or "done")).ToList();
        Assert.Equal([], attempts.Where(line => Needed(line.Key) && line.Value != "0").Select(Describe));
        Assert.Equal([], attempts.Where(line => !Needed(line.Key) && !s_refusals.Contains(line.Value)).Select(Describe));
        Assert.InRange(attempts.Count, 115, 200);
        Assert.Equal("content of model", File.ReadAllText(Model));
    }

    [Fact]
    public async Task Run_SameProgramWithoutSandbox_SucceedsAtWhatTheSandboxRefuses()
    {
        var lines = Parse(await RunFreeAsync());

        // Whoever runs the tests may do these; so it was the sandbox that refused them, and not a mistake in the attempt.
        string[] anyone =
        [
            "open-database", "open-key", "open-other-model", "open-passwd", "list-root", "list-proc", "create-in-tmp", "chmod", "truncate", "symlink",
            "rename", "mkdir", "mkfifo", "inotify", "connect-tcp", "connect-dbus", "socket-udp", "socket-unix", "socketpair", "bind-abstract",
            "system-v-memory", "parent-environ", "parent-maps", "parent-descriptors", "parent-signal-0", "parent-tgkill", "parent-queue",
            "parent-pidfd", "parent-limit", "run-shell", "fork",
        ];
        string[] root = ["socket-raw", "socket-packet", "parent-mem", "parent-ptrace", "parent-vm-read", "fanotify"];
        var expected = Environment.IsPrivilegedProcess ? anyone.Concat(root) : anyone;
        Assert.Equal([], expected.Where(name => lines[name] != "0").Select(name => $"{name} {lines[name]}"));
    }

    [Fact]
    public async Task Start_ProgramThatMakesA32BitCall_IsKilled()
    {
        var lines = await RunSandboxedAsync("sandboxed=1", "int80=1");
        Assert.Equal("killed by SIGSYS", lines["exit"]);
        Assert.False(lines.ContainsKey("int80"));
    }

    private static bool Needed(string name) => name.StartsWith("need-", StringComparison.Ordinal);

    private static string Describe(KeyValuePair<string, string> line) =>
        $"{line.Key}: {(line.Value == "0" ? "succeeded" : Marshal.GetPInvokeErrorMessage(int.Parse(line.Value, CultureInfo.InvariantCulture)))}";

    private static Dictionary<string, string> Parse(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1]);

    private List<string> Arguments(params string[] more) =>
    [
        $"database={_directory}/database", $"key={_directory}/key", $"model={_directory}/other", $"outside={_directory}/outside",
        $"port={((IPEndPoint)_listener.LocalEndpoint).Port}", $"dbus={_directory}/bus",
        $"parent={Environment.ProcessId}", $"address={_secret.AddrOfPinnedObject()}", .. more,
    ];

    private async Task<Dictionary<string, string>> RunSandboxedAsync(params string[] more)
    {
        var opened = RegularFile.OpenForReading(Model);
        using var handle = opened.Handle;
        await using var process = SandboxedProcess.Start(new SandboxedProcessOptions
        {
            Program = CProgram.Build("hostile-worker"),
            Arguments = Arguments(more),
            Descriptors = [handle],
            ComputeDevices = true,
        });
        await process.Channel.WriteAsync(new byte[1], Cancel);
        using var reader = new StreamReader(process.Channel, Encoding.UTF8);
        var lines = Parse(await reader.ReadToEndAsync(Cancel));
        lines.TryAdd("exit", (await process.Exited.WaitAsync(Cancel)).Description);
        if (lines["exit"] == "exited with code 0")
        {
            lines.Remove("exit");
        }

        return lines;
    }

    private async Task<string> RunFreeAsync()
    {
        // The shell gives it the model as descriptor 4, like the sandbox does.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" 4<\"$MODEL\"", CProgram.Build("hostile-worker"), .. Arguments("harmless=1")])
        {
            RedirectStandardOutput = true,
            Environment = { ["MODEL"] = Model },
        };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return text;
    }
}
