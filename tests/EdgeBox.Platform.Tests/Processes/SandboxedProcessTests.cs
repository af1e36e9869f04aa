using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

public sealed class SandboxedProcessTests
{
    // Speaks one line over the channel, then does what its first argument says.
    private const string Source = """
        #define _GNU_SOURCE
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        #include <signal.h>
        int main(int argc, char **argv) {
            char line[256];
            const char *act = argc > 1 ? argv[1] : "echo";
            if (!strcmp(act, "exit")) return atoi(argv[2]);
            if (!strcmp(act, "abort")) { fputs("about to abort\n", stderr); abort(); }
            if (!strcmp(act, "fault")) *(volatile int *)0 = 1;
            if (!strcmp(act, "sleep")) for (;;) pause();
            if (!strcmp(act, "spin")) for (;;) ;
            if (!strcmp(act, "flood")) for (int i = 0; i < 100000; i++) fprintf(stderr, "line %d of many\n", i);
            if (!strcmp(act, "environment")) { for (char **e = environ; *e; e++) dprintf(3, "%s\n", *e); return 0; }
            if (!strcmp(act, "echo")) {
                ssize_t n;
                while ((n = read(3, line, sizeof line)) > 0) if (write(3, line, n) != n) return 9;
            }
            return 0;
        }
        """;

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

    private static SandboxedProcess Start(params string[] arguments) => SandboxedProcess.Start(new SandboxedProcessOptions
    {
        Program = CProgram.Build("sandboxed", Source),
        Arguments = arguments,
    });
}
